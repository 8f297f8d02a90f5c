import { type CgroupPlace, cgroupFolders } from './cgroup-folders.ts';
import { listFolder, readSmallFile } from './small-file.ts';

/** Bytes in and out: read and written, or received and sent. */
export type InOut = readonly [number, number];

/** Interfaces that exist only on a machine which runs containers: their other ends are in those. */
const MACHINE_INTERFACE = /^(veth|docker|br-|cni|cali|flannel|lxc|virbr|vnet|tap)/;
const BLKIO_FILE = 'blkio.throttle.io_service_bytes_recursive';

/** `io.stat` of cgroup version 2: bytes read and written by device. */
export function parseIoStat(text: string): ReadonlyMap<string, InOut> {
  const devices = new Map<string, InOut>();
  for (const line of text.split('\n')) {
    const read = /\brbytes=(\d+)/.exec(line)?.[1];
    const written = /\bwbytes=(\d+)/.exec(line)?.[1];
    if (read !== undefined && written !== undefined) {
      devices.set(line.slice(0, line.indexOf(' ')), [Number(read), Number(written)]);
    }
  }
  return devices;
}

/** `blkio.throttle.io_service_bytes` of cgroup version 1, `<device> <operation> <bytes>`, likewise. */
export function parseBlkio(text: string): ReadonlyMap<string, InOut> {
  const devices = new Map<string, InOut>();
  for (const line of text.split('\n')) {
    const [, device, operation, bytes] = /^(\S+) (Read|Write) (\d+)$/.exec(line) ?? [];
    if (device === undefined) continue;
    const [read, written] = devices.get(device) ?? [0, 0];
    const amount = Number(bytes);
    devices.set(device, operation === 'Read' ? [amount, written] : [read, amount]);
  }
  return devices;
}

/** `/proc/net/dev`: bytes received and sent by interface. */
export function parseNetDev(text: string): ReadonlyMap<string, InOut> {
  const interfaces = new Map<string, InOut>();
  for (const line of text.split('\n')) {
    const [name, rest] = line.split(':');
    const fields = (rest ?? '').trim().split(/\s+/);
    if (name !== undefined && fields.length >= 16) {
      interfaces.set(name.trim(), [Number(fields[0]), Number(fields[8])]);
    }
  }
  return interfaces;
}

/** Totals that only count what came after the first reading. */
class Totals {
  #first: InOut | undefined;

  sinceFirst(parts: readonly InOut[]): InOut {
    const incoming = parts.reduce((sum, [part]) => sum + part, 0);
    const outgoing = parts.reduce((sum, [, part]) => sum + part, 0);
    this.#first ??= [incoming, outgoing];
    return [Math.max(0, incoming - this.#first[0]), Math.max(0, outgoing - this.#first[1])];
  }
}

/**
 * A container's block devices. Network file systems are none, and version 1 does not say who wrote what passed
 * through the page cache: processes' own counts may be higher.
 */
export class DiskUse {
  readonly #read: (() => ReadonlyMap<string, InOut>) | undefined;
  readonly #totals = new Totals();

  constructor(pid: number, place: CgroupPlace = {}) {
    for (const folder of cgroupFolders(pid, 'blkio', place)) {
      this.#read ??=
        readerOf(`${folder}/${BLKIO_FILE}`, parseBlkio) ??
        readerOf(`${folder}/io.stat`, parseIoStat);
    }
  }

  /** Bytes read and written since the first call; `undefined` where the kernel does not say. */
  read(): InOut | undefined {
    const devices = this.#read?.();
    if (devices === undefined) return undefined;
    const own = [...devices].filter(([device]) => !isStacked(device)).map(([, bytes]) => bytes);
    return this.#totals.sinceFirst(own);
  }
}

function readerOf(
  path: string,
  parse: (text: string) => ReadonlyMap<string, InOut>,
): (() => ReadonlyMap<string, InOut>) | undefined {
  if (readSmallFile(path) === undefined) return undefined;
  return () => parse(readSmallFile(path) ?? '');
}

/** Whether a device (LVM, RAID) passes on to others, which count the same bytes. */
function isStacked(device: string): boolean {
  return listFolder(`/sys/dev/block/${device}/slaves`).length > 0;
}

/** A container's network interfaces but loopback. */
export class NetworkUse {
  readonly #path: string;
  readonly #totals = new Totals();

  constructor(pid: number, proc = '/proc') {
    this.#path = `${proc}/${pid}/net/dev`;
  }

  /**
   * Bytes received and sent since the first call; `undefined` where the container shares the network of its
   * machine, whose traffic is not its own.
   */
  read(): InOut | undefined {
    const interfaces = parseNetDev(readSmallFile(this.#path) ?? '');
    if (interfaces.size === 0) return undefined;
    if ([...interfaces.keys()].some((name) => MACHINE_INTERFACE.test(name))) return undefined;
    const own = [...interfaces].filter(([name]) => name !== 'lo').map(([, bytes]) => bytes);
    return this.#totals.sinceFirst(own);
  }
}

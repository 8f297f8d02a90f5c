import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { createLocalServer, type LocalService, listen, readBody } from './local-service.ts';

interface StoredObject {
  readonly body: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
}

type Objects = Map<string, StoredObject>;

/** As much of S3 as boto3 and Metaflow's own client ask for: objects in memory, by path-style addresses. */
export async function startObjectStore(): Promise<LocalService> {
  const objects: Objects = new Map();
  const server = createLocalServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://store');
    const path = decodeURIComponent(pathname);
    if (request.method === 'PUT') {
      objects.set(path, { body: await readObject(request), metadata: metadataOf(request) });
      response.writeHead(200, { ETag: '"1"' }).end();
    } else if (request.method === 'DELETE') {
      objects.delete(path);
      response.writeHead(204).end();
    } else if (path.indexOf('/', 1) === -1) {
      list(objects, `${path}/`, searchParams, response);
    } else {
      get(objects.get(path), request, response);
    }
  });
  return listen(server);
}

function get(
  stored: StoredObject | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (stored === undefined) {
    fail(response, 404, 'NoSuchKey');
    return;
  }
  const { body, metadata } = stored;
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const first = range === null ? 0 : Number(range[1]);
  const last = Math.min(
    range?.[2] === undefined || range[2] === '' ? body.length - 1 : Number(range[2]),
    body.length - 1,
  );
  if (range !== null && first >= body.length) {
    fail(response, 416, 'InvalidRange');
    return;
  }
  const part = body.subarray(first, last + 1);
  response.writeHead(range === null ? 200 : 206, {
    'content-length': part.length,
    'last-modified': new Date(0).toUTCString(),
    etag: `"${createHash('md5').update(body).digest('hex')}"`,
    ...(range !== null && { 'content-range': `bytes ${first}-${last}/${body.length}` }),
    ...Object.fromEntries(
      Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]),
    ),
  });
  response.end(request.method === 'HEAD' ? undefined : part);
}

/** ListObjects, of both versions: nothing here has more than a page of objects. */
function list(
  objects: Objects,
  bucket: string,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const keys: string[] = [];
  const folders = new Set<string>();
  for (const [path, { body }] of objects) {
    const key = path.slice(bucket.length);
    if (!path.startsWith(bucket) || !key.startsWith(prefix)) continue;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (end === -1) {
      keys.push(
        `<Contents><Key>${key}</Key><Size>${body.length}</Size>` +
          `<LastModified>1970-01-01T00:00:00.000Z</LastModified><ETag>1</ETag></Contents>`,
      );
    } else {
      folders.add(key.slice(0, end + 1));
    }
  }
  const prefixes = [...folders].map(
    (folder) => `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`,
  );
  response
    .writeHead(200, { 'content-type': 'application/xml' })
    .end(
      `<?xml version="1.0"?><ListBucketResult><Prefix>${prefix}</Prefix><KeyCount>${keys.length}</KeyCount>` +
        `<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>${keys.join('')}${prefixes.join('')}` +
        `</ListBucketResult>`,
    );
}

function fail(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  );
}

/** The body without the framing of `aws-chunked`: size;signature, data, a trailer after the last. */
async function readObject(request: IncomingMessage): Promise<Buffer> {
  const sent = await readBody(request);
  if (request.headers['content-encoding']?.includes('aws-chunked') !== true) return sent;
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = sent.indexOf('\r\n', at);
    const size = Number.parseInt(sent.toString('latin1', at, lineEnd), 16);
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(sent.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

function metadataOf({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const prefix = 'x-amz-meta-';
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), String(value)]),
  );
}

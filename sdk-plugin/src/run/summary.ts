import type { Request } from '../attempt/attempt.ts';
import { requestOptions } from '../attempt/request-options.ts';
import type { Totals } from '../otlp/encoder.ts';

const BYTES_PER_MIB = 1024 * 1024;
const MIB_PER_GIB = 1024;

export interface Summary {
  readonly flow: string;
  readonly step: string;
  readonly totals: Totals;
  readonly durationMs: number;
  readonly request: Request;
  /** The tuner's word on the step, where the server had one to give in time. */
  readonly advice?: Advice;
}

export interface Advice {
  /** Request that the tuner suggests; absent where nothing should change. */
  readonly suggested?: Request;
  /** Why there is no suggestion, in a few words. */
  readonly skip?: string;
}

/** `stepfit: nightly/train  peak 612 MiB of 8 GiB (7 %), 0.9 of 4 cores; suggested: --cpu 1 --memory 1GiB` */
export function summaryLine(summary: Summary): string {
  const { flow, step, totals, durationMs, request, advice } = summary;
  const peakMiB = totals.peak.bytes / BYTES_PER_MIB;
  const cores = durationMs > 0 ? totals.cpuS / (durationMs / 1000) : 0;
  const usage = [
    totals.peak.bytes === 0 ? 'peak not measured' : `peak ${peakOf(peakMiB, request.memoryMiB)}`,
    coresOf(cores, request.cpuCores),
  ].join(', ');
  return `stepfit: ${flow}/${step}  ${usage}${adviceOf(advice)}`;
}

function peakOf(peakMiB: number, requestMiB: number | undefined): string {
  if (requestMiB === undefined) return formatMemory(peakMiB);
  const percent = Math.round((100 * peakMiB) / requestMiB);
  return `${formatMemory(peakMiB)} of ${formatMemory(requestMiB)} (${percent} %)`;
}

function coresOf(cores: number, requested: number | undefined): string {
  const used = formatNumber(cores);
  return requested === undefined
    ? `${used} cores on average`
    : `${used} of ${formatNumber(requested)} cores on average`;
}

function adviceOf(advice: Advice | undefined): string {
  if (advice?.suggested !== undefined) return `; suggested: ${requestOptions(advice.suggested)}`;
  return advice?.skip === undefined ? '' : `; no suggestion: ${advice.skip}`;
}

/** `768 MiB`, `15.6 GiB`. */
export function formatMemory(mib: number): string {
  return mib < MIB_PER_GIB ? `${Math.round(mib)} MiB` : `${formatNumber(mib / MIB_PER_GIB)} GiB`;
}

/** Three digits, never an exponent. */
function formatNumber(value: number): string {
  if (value >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)) < 0.001 ? 0 : Number(value.toPrecision(3)));
}

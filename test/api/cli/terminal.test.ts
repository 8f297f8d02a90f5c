import { createTerminal } from '@stepfit/api/cli/terminal';
import { describe, expect, it } from 'vitest';

function streamOf(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
}

describe('progress', () => {
  it('overwrites one line of a terminal', () => {
    const stderr = streamOf(true);
    const { showProgress } = createTerminal(streamOf(true), stderr, {});

    showProgress?.('half');
    showProgress?.('done');

    expect(stderr.written).toEqual(['\rhalf\u001B[K', '\rdone\u001B[K']);
  });

  it('is not there where standard error is no terminal', () => {
    expect(createTerminal(streamOf(true), streamOf(false), {}).showProgress).toBeUndefined();
  });
});

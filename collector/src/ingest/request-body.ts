import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

const gunzipAsync = promisify(gunzip);

/**
 * The body as it was before its content encoding. Inflating stops where the limit does, whatever the body
 * would have grown to.
 *
 * @throws {StepfitError} `payload-too-large`, `unsupported-media-type` for an encoding other than gzip,
 *   `invalid-input` for what is not gzip.
 */
export async function decodeContent(
  body: Buffer,
  contentEncoding: string | undefined,
  maxInflatedBytes: number,
): Promise<Buffer> {
  const encoding = contentEncoding?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return body;
  if (encoding !== 'gzip') {
    throw new StepfitError(
      'unsupported-media-type',
      `The content encoding ${encoding.slice(0, 40)} is not known.`,
      { hint: 'Send the body with gzip, or as it is.' },
    );
  }
  try {
    return await gunzipAsync(body, { maxOutputLength: maxInflatedBytes });
  } catch (error) {
    if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new StepfitError(
        'payload-too-large',
        `The body inflates to more than ${maxInflatedBytes} bytes.`,
        { hint: 'Send smaller batches.', cause: error },
      );
    }
    throw new StepfitError('invalid-input', 'The body is not valid gzip.', {
      hint: 'Send the whole body, or leave the Content-Encoding header out.',
      cause: error,
    });
  }
}

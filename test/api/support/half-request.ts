import { connect, type Socket } from 'node:net';

import { until } from './served-process.ts';

/**
 * Sends the head of a request to the collector and the first half of its body; the server has the head when
 * this resolves.
 */
export async function sendHalf(
  url: string,
  body: string,
): Promise<{ socket: Socket; answer: Promise<string> }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  // A server that ends at once resets the connection; what came before is the answer then.
  socket.on('error', () => undefined);
  const answer = new Promise<string>((resolve) => {
    socket.once('close', () => {
      resolve(text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, ''));
    });
  });
  socket.write(
    `POST /v1/metrics HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\n` +
      `expect: 100-continue\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`,
  );
  await until(
    async () => text,
    (received) => received.includes('100 Continue'),
  );
  socket.write(body.slice(0, body.length / 2));
  return { socket, answer };
}

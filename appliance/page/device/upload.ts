/** Sends a file, telling how far it is: fetch cannot. */
import { ApiError } from '../request.ts';

/**
 * Posts the bytes of a file; resolves with the answer's sentence.
 * @param onPercent 0 to 100, of what has left this device
 * @throws ApiError with a sentence
 */
export function upload(path: string, file: Blob, onPercent: (percent: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.responseType = 'json';
    request.upload.addEventListener('progress', ({ loaded, total }) => onPercent(Math.round((100 * loaded) / total)));
    request.addEventListener('load', () => {
      const answer = request.response as { message?: string; error?: { code: string; message: string } } | null;
      if (request.status === 202) resolve(answer?.message ?? '');
      else
        reject(
          new ApiError(
            request.status,
            answer?.error?.code ?? 'internal',
            answer?.error?.message ?? `The camera answered ${request.status} without saying why.`,
          ),
        );
    });
    const away = () => reject(new ApiError(0, 'unreachable', 'The connection was lost on the way. Try again.'));
    request.addEventListener('error', away);
    request.addEventListener('abort', away);
    request.send(file);
  });
}

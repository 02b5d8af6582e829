/** A picture as a file on this device. */
import { api } from './api.ts';
import { ApiError } from './request.ts';

/**
 * Fetches the camera's picture of now and hands it to the browser as a download.
 * @throws ApiError with the server's sentence
 */
export async function downloadSnapshot(camera: string): Promise<void> {
  const response = await fetch(api.snapshotAddress(camera)).catch(() => undefined);
  if (!response?.ok) {
    const told = (await response?.json().catch(() => undefined)) as { error?: { message?: string } } | undefined;
    throw new ApiError(response?.status ?? 0, 'snapshot', told?.error?.message ?? 'No snapshot came. Try again.');
  }
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = `${camera}-${fileTime(new Date())}.jpg`;
  link.click();
  // The download has its own reference by then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Local time for a file's name: 2026-01-31-14-05-09. */
function fileTime(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}-${two(date.getMinutes())}-${two(date.getSeconds())}`;
}

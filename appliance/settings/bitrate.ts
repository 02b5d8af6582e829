/** Bitrates as people write them: "800k", "2M", "2.5M", "1500000". */

const pattern = /^(\d{1,9}(?:\.\d{1,3})?)([kKmM]?)$/;

/** Bit/s of a written bitrate, or undefined when it is not one. */
export function parseBitrate(text: string): number | undefined {
  const match = pattern.exec(text.trim());
  if (!match) return undefined;
  const unit = (match[2] ?? '').toLowerCase();
  const factor = unit === 'm' ? 1_000_000 : unit === 'k' ? 1000 : 1;
  return Math.round(Number(match[1]) * factor);
}

/** The short form of a bitrate in bit/s: 2000000 → "2M", 800000 → "800k". */
export function formatBitrate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 1_000_000 && bitsPerSecond % 100_000 === 0) return `${bitsPerSecond / 1_000_000}M`;
  return bitsPerSecond % 1000 === 0 ? `${bitsPerSecond / 1000}k` : String(bitsPerSecond);
}

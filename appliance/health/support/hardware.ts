/**
 * What the machine is made of, by systeminformation. It starts processes and takes a second: for a bundle that is asked
 * for now and then, never for what is measured all the time.
 */

/** How long each question may take, in ms. */
const questionMs = 8000;
/** What tells machines and people apart, and nothing of a fault. */
const personal = /serial|uuid|mac|assetTag|hostname|fqdn/i;

/** The board, processor, system, memory, disks and USB devices; what cannot be read is left out. */
export async function hardware(): Promise<unknown> {
  const { default: si } = await import('systeminformation');
  const questions: Readonly<Record<string, () => Promise<unknown>>> = {
    board: () => si.system(),
    processor: () => si.cpu(),
    system: () => si.osInfo(),
    disks: () => si.blockDevices(),
    file_systems: () => si.fsSize(),
    usb: () => si.usb(),
  };
  const answers = await Promise.all(
    Object.entries(questions).map(async ([name, ask]) => [name, await inTime(ask()).catch(() => null)] as const),
  );
  return impersonal(Object.fromEntries(answers));
}

function inTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('no answer')), questionMs);
    answer.then(resolve, reject).finally(() => clearTimeout(late));
  });
}

function impersonal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(impersonal);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([key]) => !personal.test(key));
  return Object.fromEntries(entries.map(([key, each]) => [key, impersonal(each)]));
}

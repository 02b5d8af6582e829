/** The figures of health for Prometheus; what is not told is left out. */
import type { HealthNow } from '../health/health.ts';
import type { Metric } from './metrics.ts';

/** Gauges and counters of the machine, and what each camera misses. */
export function healthMetrics({ machine, cameras, findings }: HealthNow): readonly Metric[] {
  const { temperature, power, load, cpu, memory, disk, interfaces, clockSynchronized } = machine;
  const gauge = (name: string, help: string, values: Metric['values']): Metric => ({
    name,
    help,
    type: 'gauge',
    values,
  });
  const one = (name: string, help: string, value: number | undefined): Metric =>
    gauge(name, help, value === undefined ? [] : [[{}, value]]);
  const flag = (value: boolean | undefined) => (value === undefined ? undefined : value ? 1 : 0);
  const metrics: readonly Metric[] = [
    one('perch_temperature_celsius', 'Temperature of the processor.', temperature),
    one('perch_under_voltage', 'Whether the voltage is too low.', flag(power?.underVoltage)),
    one('perch_throttled', 'Whether the processor is slowed down.', flag(power?.throttled)),
    one('perch_load1', 'Processes that want to run, on average over a minute.', load?.[0]),
    one('perch_cpu_ratio', 'Share of all cores that is busy.', cpu),
    one('perch_memory_total_bytes', 'Memory of the machine.', memory?.total),
    one('perch_memory_available_bytes', 'Memory that can still be used.', memory?.free),
    one('perch_disk_total_bytes', 'Size of the file system of the data folder.', disk?.total),
    one('perch_disk_free_bytes', 'Room left on it.', disk?.free),
    one('perch_clock_synchronized', 'Whether the clock was set from the network.', flag(clockSynchronized)),
    gauge(
      'perch_interface_up',
      'Whether a network interface is up.',
      interfaces.map(({ name, kind, up }) => [{ interface: name, kind }, up ? 1 : 0]),
    ),
    gauge(
      'perch_wifi_signal_dbm',
      'Signal of the Wi-Fi.',
      interfaces.flatMap(({ name, signal }) => (signal === undefined ? [] : [[{ interface: name }, signal] as const])),
    ),
    gauge(
      'perch_finding',
      'What is wrong: 1 while it is.',
      findings.map(({ id, severity }) => [{ finding: id, severity }, 1]),
    ),
    {
      name: 'perch_camera_missed_total',
      help: 'Pictures that should have come between two others and did not.',
      type: 'counter',
      values: cameras.map(({ name, missed }) => [{ camera: name }, missed]),
    },
    gauge(
      'perch_camera_encode_seconds',
      'From the capture of a picture to its arrival, encoded.',
      cameras.flatMap(({ name, encodeMs }) =>
        encodeMs === undefined ? [] : [[{ camera: name }, encodeMs / 1000] as const],
      ),
    ),
  ];
  return metrics.filter(({ values }) => values.length > 0);
}

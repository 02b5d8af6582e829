import type { WireCommand, WireStatus } from '../../proto/index.ts';

/** Who a command comes from. */
export interface Origin {
  /** For people: "Page at 192.168.1.7", "Token garage-script", "Central", "Schedule". */
  readonly who: string;
  /** One client connection or token: the unit of the rate limit and of request_id. */
  readonly client: string;
}

/** A change of a camera, for everyone connected. `status.request_id` is absent. */
export interface Push {
  readonly camera: string;
  readonly status: WireStatus;
  /** The client whose command caused it, where one did. */
  readonly client?: string;
}

/** The one door: whoever wants something of a camera comes through here. */
export interface Door {
  /** Never rejects: what goes wrong is in the answer (`success`, `message`, `error_code`, `error_field`). */
  execute(command: WireCommand, origin: Origin): Promise<WireStatus>;
  /**
   * UPDATE_SETTINGS from plain JSON, for REST: values of the wrong type or name are refused, never coerced.
   * Never rejects, as `execute`.
   */
  update(cameraName: string, patch: unknown, origin: Origin, requestId?: string): Promise<WireStatus>;
  /** The whole status of a camera, limits and sizes included, as GET_STATUS gives it; undefined when unknown. */
  status(cameraName: string): WireStatus | undefined;
  /** Hears every change at once; the returned function ends it. */
  subscribe(listener: (push: Push) => void): () => void;
}

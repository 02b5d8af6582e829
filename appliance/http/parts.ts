/** What the web server needs of the other parts: each by the narrowest face that does. */
import type { WebSocket } from 'ws';
import type { LinkStatus } from '../../upstream/link/link.ts';
import type { Auth, Identity } from '../auth/auth.ts';
import type { Camera } from '../camera/types.ts';
import type { Door } from '../command/types.ts';
import type { Config } from '../config.ts';
import type { HealthNow } from '../health/health.ts';
import type { Past } from '../health/history.ts';
import type { LedStatus } from '../led/led.ts';
import type { Logger } from '../log.ts';
import type { NetworkPart } from '../network/types.ts';
import type { Profile } from '../settings/profiles.ts';
import type { Visitor } from '../shell/host.ts';
import type { Feed } from '../stream/feed.ts';
import type { System } from '../system/index.ts';
import type { UpdateStatus } from '../update/index.ts';

export type HttpConfig = Pick<
  Config,
  'host' | 'port' | 'http' | 'https' | 'https_port' | 'tls_cert' | 'tls_key' | 'data' | 'origins' | 'max_viewers'
>;

/** Those who watch by WebRTC. */
export interface WhepPart {
  join(
    camera: string,
    offerSdp: string,
    viewer: { readonly who: string },
  ): Promise<{
    readonly id: string;
    readonly answerSdp: string;
    readonly clockUs: number;
    readonly tookUs?: number;
  }>;
  leave(id: string): boolean;
  has(id: string): boolean;
  viewers(camera: string): readonly unknown[];
}

/** Those who watch by fMP4 over a WebSocket. */
export interface MsePart {
  serve(feed: Feed, socket: WebSocket, viewer: { readonly camera: string; readonly who: string }): void;
  viewers(camera: string): readonly unknown[];
}

/** The presets. */
export interface ProfilesPart {
  list(): readonly Profile[];
  get(name: string): Profile;
  save(name: string, settings: unknown): Promise<Profile>;
  rename(from: string, to: string): Promise<Profile>;
  remove(name: string): Promise<void>;
}

/** The figures of the machine and what they mean. */
export interface HealthPart {
  now(): Promise<HealthNow>;
  history(hours: number): Past;
}

/** The versions of the program. */
export interface UpdatesPart {
  status(): Promise<UpdateStatus>;
  apply(bundle: AsyncIterable<Uint8Array>, allowOlder: boolean): Promise<string>;
  rollBack(): Promise<string>;
}

export interface HttpParts {
  readonly config: HttpConfig;
  readonly log: Logger;
  readonly door: Door;
  /** In their order. */
  readonly cameras: ReadonlyMap<string, Camera>;
  readonly auth: Auth;
  readonly profiles: ProfilesPart;
  readonly whep: WhepPart;
  readonly mse: MsePart;
  /** Where MediaMTX serves a camera and to how many; undefined when it is not used. */
  readonly mediamtx?: { status(camera: string): unknown } | undefined;
  /** The link to the relay; undefined in tests that have none. */
  readonly link?: { status(): LinkStatus } | undefined;
  /** Undefined in tests that have none. */
  readonly health?: HealthPart | undefined;
  /** The camera's network; undefined in tests that have none. */
  readonly network?: NetworkPart | undefined;
  /** The light; undefined in tests that have none. */
  readonly led?: { status(): LedStatus } | undefined;
  /** The root helper, and updates by way of it; undefined in tests that have none. */
  readonly system?: System | undefined;
  readonly updates?: UpdatesPart | undefined;
  /** Why Perch runs in safe mode; undefined when it does not. */
  readonly safeMode?: string | undefined;
  /** Makes a support bundle, a .tar.gz; undefined in tests that have none. */
  readonly support?: (() => Promise<Buffer>) | undefined;
  /** The way to the terminals; undefined when they are switched off. */
  readonly shell?: { connect(visitor: Visitor): Promise<WebSocket> } | undefined;
  /** Sentences for everyone who opens the page: a damaged file, a full card. */
  readonly notices: () => readonly string[];
  /** The newest revision of a camera's settings that is safely on disk. */
  readonly saved: (camera: string) => number;
  /** The built page; `dist/page`. */
  readonly pageFolder: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Served to people who are not logged in. Every route without it needs a login. */
    open?: boolean;
    /** Its body may take longer than others'. */
    slowBody?: boolean;
  }
  interface FastifyRequest {
    /** Who asks; null for somebody unknown, which only open routes get to see. */
    identity: Identity | null;
  }
}

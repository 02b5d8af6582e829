/** What the chapters share: one card, flashed and started once, in the hands of one owner. */
import type { Machine } from '../machine.ts';
import type { Visitor } from '../visitor.ts';
import type { Vpn } from './vpn.ts';

export interface Place {
  /** For files of the test. */
  folder: string;
  machine: Machine;
  /** The owner. */
  visitor: Visitor;
  /** The camera's name, once there is one. */
  camera: string;
  /** What the card's profile leads to. */
  vpn: Vpn;
}

/** The card's own login; its password is also sudo's in the page's terminal. */
export const loginName = 'anna';
export const loginPassword = 'another horse, same battery';

/** `GET /api/update` */
export interface UpdateStatus {
  readonly version: string;
  readonly builtIn: boolean;
  readonly result?: { readonly tried: string; readonly ok: boolean; readonly reason?: string };
}

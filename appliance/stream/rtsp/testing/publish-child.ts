/**
 * Publishes test pictures from a process of its own, until standard input closes:
 * `publish-child <server> <codec> <width> <height> [kbit/s]`. Says its status line by line.
 */
import { once } from 'node:events';
import { createLog } from '../../../log.ts';
import type { Encoding } from '../../../settings/table.ts';
import { RtspPublisher } from '../publisher.ts';
import { makeClip, Player } from './footage.ts';

const [server = '', codec = 'h264', width = '640', height = '480', bitrate = '1000'] = process.argv.slice(2);
const clip = makeClip(codec as Encoding, Number(width), Number(height), { pictures: 100, bitrate: Number(bitrate) });
const player = new Player(clip);
const publisher = new RtspPublisher({ feed: player.feed, server, camera: 'cam', log: createLog('error') });
publisher.on('status', () => console.log(JSON.stringify(publisher.status())));
player.play();
publisher.start();
process.stdin.resume();
await once(process.stdin, 'end');
player.pause();
await publisher.close();

/** The control page: its parts, and who knows whom. */
import Alpine from '@alpinejs/csp';
import { registerGate } from './gate.ts';
import { registerGrid } from './grid.ts';
import { registerHealth } from './health.ts';
import { startKeys } from './keys.ts';
import { registerPage } from './page.ts';
import { registerPresets } from './presets.ts';
import { registerRelay } from './relay.ts';
import { registerSetup } from './setup.ts';
import { registerStage } from './stage.ts';
import { enter, startState } from './state.ts';
import { readTheme, setTheme } from './theme.ts';
import { registerToasts } from './toasts.ts';

setTheme(readTheme());
registerPage();
registerGate();
registerStage();
registerPresets();
registerGrid();
registerHealth();
registerRelay();
registerSetup();
registerToasts();
startState();
startKeys();
Alpine.start();
void enter();

import { idleNames, keptNameRates, nameRates, namesFar } from './byName.ts';
import type { Experiment } from './experiment.ts';
import { connectionsInTurn, freshForwards } from './fresh.ts';
import { hostileClusters } from './hostileClusters.ts';
import { library } from './library.ts';
import { halfClose, idleConnections, refusedNeighbour, stalledNeighbour } from './neighbours.ts';
import { newConnection, newConnectionFar } from './newConnection.ts';
import { requestLogs } from './requestLog.ts';
import { besideDownload, requestRateFar, requestRates } from './requests.ts';
import { processStart } from './start.ts';
import { fourDownloads, oneDownload, oneUpload, sixteenDownloads } from './transfers.ts';
import { wireOverhead } from './wire.ts';

/** The name for `--only` that selects the measurements in a VS Code window. */
export const WINDOW = 'window';

/** All experiments in the order of the table. */
export const EXPERIMENTS: readonly Experiment[] = [
  newConnection,
  newConnectionFar,
  connectionsInTurn,
  ...freshForwards,
  oneDownload,
  oneUpload,
  fourDownloads,
  sixteenDownloads,
  ...requestRates,
  requestRateFar,
  besideDownload,
  stalledNeighbour,
  library,
  hostileClusters,
  refusedNeighbour,
  halfClose,
  idleConnections,
  processStart,
  wireOverhead,
  ...requestLogs,
  namesFar,
  nameRates,
  keptNameRates,
  idleNames,
];

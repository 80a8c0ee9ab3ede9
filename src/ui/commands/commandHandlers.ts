import { COMMANDS, type CommandId } from '../../contributions.ts';
import { changeLocalPort } from './changeLocalPort.ts';
import { chooseKubeconfig } from './chooseKubeconfig.ts';
import { clearFilter } from './clearFilter.ts';
import type { CommandHandler } from './commandServices.ts';
import { copyLocalAddress } from './copyLocalAddress.ts';
import { copyName } from './copyName.ts';
import { filter } from './filter.ts';
import { forwardAllPorts } from './forwardAllPorts.ts';
import { forwardKubernetesResource } from './forwardKubernetesResource.ts';
import { forwardOtherPort } from './forwardOtherPort.ts';
import { forwardPort } from './forwardPort.ts';
import { forwardTarget } from './forwardTarget.ts';
import { hideNamespace } from './hideNamespace.ts';
import { openInBrowser } from './openInBrowser.ts';
import { openKubeconfig } from './openKubeconfig.ts';
import { refreshClusters } from './refreshClusters.ts';
import { refreshNode } from './refreshNode.ts';
import { reportIssue } from './reportIssue.ts';
import { copyAsCurl } from './requests/copyAsCurl.ts';
import { openRequest, openRequestBody, openResponseBody } from './requests/openRequest.ts';
import { replayRequest } from './requests/replayRequest.ts';
import { logRequests, recordRequests, stopRequestLog } from './requests/requestLog.ts';
import {
  clearRequests,
  followRequests,
  pauseRequests,
  resumeRequests,
  showTrafficOfHour,
  showTrafficOfMinutes,
  unfollowRequests,
} from './requests/requestsView.ts';
import { saveAsHar } from './requests/saveAsHar.ts';
import { restartForward } from './restartForward.ts';
import { setGroup, startAutomatically, startByHand } from './saved/changeSaved.ts';
import { deleteSaved } from './saved/deleteSaved.ts';
import { editSaved } from './saved/editSaved.ts';
import { exportSaved } from './saved/exportSaved.ts';
import { importSaved } from './saved/importSaved.ts';
import { saveForward } from './saved/saveForward.ts';
import { startAllSaved, startSaved } from './saved/startSaved.ts';
import { startSavedGroup } from './saved/startSavedGroup.ts';
import { setLabel } from './setLabel.ts';
import { showForwards } from './showForwards.ts';
import { showMore } from './showMore.ts';
import { showNamespace } from './showNamespace.ts';
import { showOutput } from './showOutput.ts';
import { startDemoCluster } from './startDemoCluster.ts';
import { stopAllForwards } from './stopAllForwards.ts';
import { stopDemoCluster } from './stopDemoCluster.ts';
import { stopForward } from './stopForward.ts';

/** A handler for every command: a missing one does not compile. */
export const COMMAND_HANDLERS: Record<CommandId, CommandHandler> = {
  [COMMANDS.forwardPort]: forwardPort,
  [COMMANDS.forwardTarget]: forwardTarget,
  [COMMANDS.forwardAllPorts]: forwardAllPorts,
  [COMMANDS.forwardOtherPort]: forwardOtherPort,
  [COMMANDS.refreshClusters]: refreshClusters,
  [COMMANDS.refreshNode]: refreshNode,
  [COMMANDS.retry]: refreshNode,
  [COMMANDS.showMore]: showMore,
  [COMMANDS.filter]: filter,
  [COMMANDS.clearFilter]: clearFilter,
  [COMMANDS.copyName]: copyName,
  [COMMANDS.showNamespace]: showNamespace,
  [COMMANDS.hideNamespace]: hideNamespace,
  [COMMANDS.chooseKubeconfig]: chooseKubeconfig,
  [COMMANDS.openKubeconfig]: openKubeconfig,
  [COMMANDS.openInBrowser]: openInBrowser,
  [COMMANDS.copyLocalAddress]: copyLocalAddress,
  [COMMANDS.stopForward]: stopForward,
  [COMMANDS.removeForward]: stopForward,
  [COMMANDS.restartForward]: restartForward,
  [COMMANDS.signIn]: restartForward,
  [COMMANDS.changeLocalPort]: changeLocalPort,
  [COMMANDS.setLabel]: setLabel,
  [COMMANDS.showForwards]: showForwards,
  [COMMANDS.stopAllForwards]: stopAllForwards,
  [COMMANDS.showOutput]: showOutput,
  [COMMANDS.reportIssue]: reportIssue,
  [COMMANDS.saveForward]: saveForward,
  [COMMANDS.startSaved]: startSaved,
  [COMMANDS.startAllSaved]: startAllSaved,
  [COMMANDS.startSavedGroup]: startSavedGroup,
  [COMMANDS.deleteSaved]: deleteSaved,
  [COMMANDS.editSaved]: editSaved,
  [COMMANDS.setGroup]: setGroup,
  [COMMANDS.startAutomatically]: startAutomatically,
  [COMMANDS.startByHand]: startByHand,
  [COMMANDS.importSaved]: importSaved,
  [COMMANDS.exportSaved]: exportSaved,
  [COMMANDS.logRequests]: logRequests,
  [COMMANDS.recordRequests]: recordRequests,
  [COMMANDS.stopRequestLog]: stopRequestLog,
  [COMMANDS.clearRequests]: clearRequests,
  [COMMANDS.pauseRequests]: pauseRequests,
  [COMMANDS.resumeRequests]: resumeRequests,
  [COMMANDS.followRequests]: followRequests,
  [COMMANDS.unfollowRequests]: unfollowRequests,
  [COMMANDS.openRequest]: openRequest,
  [COMMANDS.openRequestBody]: openRequestBody,
  [COMMANDS.openResponseBody]: openResponseBody,
  [COMMANDS.copyAsCurl]: copyAsCurl,
  [COMMANDS.replayRequest]: replayRequest,
  [COMMANDS.saveAsHar]: saveAsHar,
  [COMMANDS.showTrafficOfMinutes]: showTrafficOfMinutes,
  [COMMANDS.showTrafficOfHour]: showTrafficOfHour,
  [COMMANDS.forwardKubernetesResource]: forwardKubernetesResource,
  [COMMANDS.startDemoCluster]: startDemoCluster,
  [COMMANDS.stopDemoCluster]: stopDemoCluster,
};

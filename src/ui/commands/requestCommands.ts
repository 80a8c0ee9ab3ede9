import { CONTEXT_KEYS, VIEWS } from '../../contributions.ts';
import { type Command, defineCommand, type MenuEntry, onRow, onTitle } from './command.ts';
import { copyAsCurl } from './requests/copyAsCurl.ts';
import { openBody, openRequest } from './requests/openRequest.ts';
import { replayRequest } from './requests/replayRequest.ts';
import { logRequests, recordRequests, stopRequestLog } from './requests/requestLog.ts';
import { saveAsHar } from './requests/saveAsHar.ts';

/** Returns the value for `menus` of a command that appears in the context menu of each request in the Requests view. */
const onRequest = (group: string): MenuEntry => ({
  menu: 'webview/context',
  when: `webviewId == ${VIEWS.requests} && webviewSection == request`,
  groups: [group],
});

/** Commands for the panel of requests and traffic. */
export const REQUEST_COMMANDS: readonly Command[] = [
  defineCommand({
    id: 'kubePortForward.logRequests',
    title: 'Log Requests',
    icon: 'arrow-swap',
    when: CONTEXT_KEYS.hasForwards,
    menus: [
      onTitle('requests', '1_log@1', CONTEXT_KEYS.hasForwards),
      onRow('forwards', ['logOff'], '6_requests@1'),
    ],
    run: logRequests,
  }),
  defineCommand({
    id: 'kubePortForward.recordRequests',
    title: 'Record Requests',
    icon: 'record',
    when: CONTEXT_KEYS.hasForwards,
    menus: [
      onTitle('requests', '1_log@2', CONTEXT_KEYS.hasForwards),
      onRow('forwards', ['recordOff'], '6_requests@2'),
    ],
    run: recordRequests,
  }),
  defineCommand({
    id: 'kubePortForward.stopRequestLog',
    title: 'Stop Logging Requests',
    icon: 'debug-stop',
    when: CONTEXT_KEYS.hasForwards,
    menus: [
      onTitle('requests', '1_log@3', CONTEXT_KEYS.hasForwards),
      onRow('forwards', ['logOn'], '6_requests@3'),
    ],
    run: stopRequestLog,
  }),
  defineCommand({
    id: 'kubePortForward.clearRequests',
    title: 'Clear Requests',
    icon: 'clear-all',
    when: CONTEXT_KEYS.hasForwards,
    menus: [onTitle('requests', 'navigation@3')],
    run: ({ requests }) => requests.clear(),
  }),
  defineCommand({
    id: 'kubePortForward.pauseRequests',
    title: 'Pause',
    icon: 'debug-pause',
    when: false,
    menus: [onTitle('requests', 'navigation@2', `!${CONTEXT_KEYS.isRequestLogPaused}`)],
    run: ({ requests }) => requests.setPaused(true),
  }),
  defineCommand({
    id: 'kubePortForward.resumeRequests',
    title: 'Continue',
    icon: 'debug-continue',
    when: false,
    menus: [onTitle('requests', 'navigation@2', CONTEXT_KEYS.isRequestLogPaused)],
    run: ({ requests }) => requests.setPaused(false),
  }),
  defineCommand({
    id: 'kubePortForward.followRequests',
    title: 'Turn Auto Scrolling On',
    icon: 'lock',
    when: false,
    menus: [onTitle('requests', 'navigation@1', `!${CONTEXT_KEYS.isRequestLogFollowed}`)],
    run: ({ requests }) => requests.setFollowing(true),
  }),
  defineCommand({
    id: 'kubePortForward.unfollowRequests',
    title: 'Turn Auto Scrolling Off',
    icon: 'unlock',
    when: false,
    menus: [onTitle('requests', 'navigation@1', CONTEXT_KEYS.isRequestLogFollowed)],
    run: ({ requests }) => requests.setFollowing(false),
  }),
  defineCommand({
    id: 'kubePortForward.openRequest',
    title: 'Open Request',
    icon: 'go-to-file',
    when: false,
    menus: [onRequest('1_open@1')],
    run: openRequest,
  }),
  defineCommand({
    id: 'kubePortForward.openRequestBody',
    title: 'Open Request Body',
    when: false,
    menus: [onRequest('1_open@2')],
    run: (services, argument) => openBody(services, argument, 'request'),
  }),
  defineCommand({
    id: 'kubePortForward.openResponseBody',
    title: 'Open Response Body',
    when: false,
    menus: [onRequest('1_open@3')],
    run: (services, argument) => openBody(services, argument, 'response'),
  }),
  defineCommand({
    id: 'kubePortForward.copyAsCurl',
    title: 'Copy as cURL',
    icon: 'copy',
    when: false,
    menus: [onRequest('9_copy@1')],
    run: copyAsCurl,
  }),
  defineCommand({
    id: 'kubePortForward.replayRequest',
    title: 'Replay',
    icon: 'debug-rerun',
    when: false,
    menus: [onRequest('2_replay@1')],
    run: replayRequest,
  }),
  defineCommand({
    id: 'kubePortForward.saveAsHar',
    title: 'Save as HAR...',
    icon: 'save',
    when: CONTEXT_KEYS.hasForwards,
    menus: [onTitle('requests', '2_file@1'), onRequest('9_copy@2')],
    run: saveAsHar,
  }),
  defineCommand({
    id: 'kubePortForward.showTrafficOfMinutes',
    title: 'Show Last 5 Minutes',
    icon: 'history',
    when: false,
    menus: [onTitle('traffic', 'navigation@1', CONTEXT_KEYS.showsTrafficOfHour)],
    run: ({ traffic }) => traffic.setRange('minutes'),
  }),
  defineCommand({
    id: 'kubePortForward.showTrafficOfHour',
    title: 'Show Last Hour',
    icon: 'history',
    when: false,
    menus: [onTitle('traffic', 'navigation@1', `!${CONTEXT_KEYS.showsTrafficOfHour}`)],
    run: ({ traffic }) => traffic.setRange('hour'),
  }),
];

/**
 * The known reasons why some goals are not always reached. The numbers were measured in November 2026, with all
 * programs and the demo cluster on the same two cores. CPU times are those of whole processes (`/proc`). Percentages
 * are from `perf record`.
 */
export const OBSTACLES = {
  spread:
    'the slowest few of many: they vary from run to run by a factor of 4 with kubectl too (p99 6 to 29 ms in 8 runs), since four programs share two cores',
  line: 'the rest is what a connection takes without the line (2 ms), and the timers that make the line, which are late by up to 1 ms each way',
  burst:
    'the client, the API server and the pod take 1.0 ms of CPU for a request, and kubectl 0.4, all on two cores: 1.3 times would leave 0.1 ms to this program, which takes 0.8 ms until V8 has optimised it',
  burstLong:
    'the client, the API server and the pod take 0.8 ms of CPU for a request, and kubectl 0.44, all on two cores: 1.3 times would leave 0.2 ms to this program, which takes 0.6 ms',
  burstFar:
    'one round trip instead of three; the four programs and the timers of the line then take 1.3 ms of CPU and more for each of 700 requests a second, on two cores',
  start:
    '97 ms of CPU; Node takes 26 of them before it runs anything, its modules for TLS and HTTP 19, and kubectl 43 in all',
  downloadRate:
    'the demo cluster is the limit: its API server takes 3.4 s of CPU for a GB on the same two cores, this program 2.1 and kubectl 2.8',
  downloadCpu:
    'the kernel takes 36 % of it, encryption 14 %, copies 8 %, JavaScript 6 %, garbage 5 %; the rest is native code of Node, one call for each 16 KiB that TLS delivers',
  uploadRate:
    'the demo cluster is the limit: its API server takes 3.6 s of CPU for a GB on the same two cores, this program 2.4 and kubectl 1.9',
  uploadCpu:
    'the kernel takes 30 % of it, copies 18 % (TLS joins the header and the payload of each frame), encryption 11 %, JavaScript 6 %, garbage 5 %; sockets that a server accepts cannot read into a buffer with room for the header',
  webSocketUploadCpu:
    'the kernel takes 29 % of it, encryption 10 %, JavaScript 8 %, copies 7 %, garbage 7 %; the rest is native code of Node',
  handshake: (bound: number) =>
    `before its request, the client waits for an answer of this program once (CONNECT) or twice (SOCKS 5), on the two cores that serve all programs: with the smallest proxy, which parses nothing, ${bound.toFixed(2)} is possible`,
  requestHead:
    'the gateway reads and checks the head of the request before it chooses a pod, which a forward does not do; from 0.93 to 0.98 in seven runs',
  idle: 'a third of it is the young generation of V8, which grows with the objects of the connections; kept small, it is 12 MB in all, but the p90 of the first 30 connections grows by a third',
} as const;

/**
 * Stands for `node:http` in the bundles. An import of that module reads all its exports, one of which, WebSocket, loads the
 * whole of undici when it is read: milliseconds at every start, for nothing. What the sources import by name is named here.
 */
const http = process.getBuiltinModule('node:http');
export const { STATUS_CODES, createServer } = http;
export default http;

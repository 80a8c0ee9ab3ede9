import type { IncomingMessage } from 'node:http';
import type { AdminHandler } from './api/apiServer.ts';
import { type JsonObject, readJsonBody } from './api/requestBody.ts';
import { type ApiResponse, json } from './api/response.ts';
import type { DemoFaults } from './demoFaults.ts';
import { parseFault, parseTunnelDrop } from './faultFormat.ts';
import { isAdmin } from './rbac.ts';
import { ApiStatusError, badRequest, failure, methodNotAllowed, pathNotFound } from './status.ts';
import type { User } from './users.ts';

type Handler = (faults: DemoFaults, body: JsonObject, parts: readonly string[]) => ApiResponse;

const DONE = { done: true };

/**
 * The handlers of the admin endpoint, by method and path. The path is relative to `/demo`. A `:` matches any path
 * segment, such as the id of a fault, and the third argument of the handler contains the matched segments.
 */
const ROUTES: Readonly<Record<string, Handler>> = {
  'GET /state': (faults) => json({ activity: faults.activity.current, faults: faults.list() }),
  'GET /audit': (faults) => json({ items: faults.activity.audit }),
  'POST /faults': addFault,
  'DELETE /faults': (faults) => {
    faults.clear();
    return json(DONE);
  },
  'DELETE /faults/:': (faults, _body, [id]) => {
    if (!faults.remove(Number(id))) throw new ApiStatusError(pathNotFound());
    return json(DONE);
  },
  'POST /tunnels/drop': (faults, body) => {
    const { mode, selection } = parseTunnelDrop(body);
    return json({ dropped: faults.dropTunnels(mode, selection) });
  },
  'POST /expire': (faults) => {
    faults.expireResourceVersions();
    return json(DONE);
  },
  'POST /restart': (faults) => restartAfter(json(DONE), faults),
  'POST /pods/:/:/delete': (faults, body, [namespace = '', name = '']) => {
    const seconds = body['gracePeriodSeconds'];
    faults.pods.delete(namespace, name, typeof seconds === 'number' ? seconds : undefined);
    return json(DONE);
  },
  'POST /pods/:/:/ready': (faults, _body, [namespace = '', name = '']) => {
    faults.pods.setReady(namespace, name, true);
    return json(DONE);
  },
  'POST /pods/:/:/not-ready': (faults, _body, [namespace = '', name = '']) => {
    faults.pods.setReady(namespace, name, false);
    return json(DONE);
  },
  'POST /pods/:/:/restart': (faults, _body, [namespace = '', name = '']) => {
    faults.pods.restartContainers(namespace, name);
    return json(DONE);
  },
};

/**
 * Returns the handler of requests to `/demo/…`. These requests turn faults (simulated failures, such as a server that
 * does not respond) on and off, change pods, and return the audit log. Only admins of the cluster may send these
 * requests.
 */
export function adminEndpoint(faults: DemoFaults): AdminHandler {
  return (user, message, url) => handleAdmin(faults, user, message, url);
}

async function handleAdmin(
  faults: DemoFaults,
  user: User,
  message: IncomingMessage,
  url: URL,
): Promise<ApiResponse> {
  if (!isAdmin(user)) {
    throw new ApiStatusError(
      failure(403, 'Forbidden', `forbidden: User "${user.name}" cannot get path "${url.pathname}"`, {}),
    );
  }
  const path = url.pathname.slice('/demo'.length);
  let isKnownPath = false;
  for (const [pattern, handler] of Object.entries(ROUTES)) {
    const [method, route = ''] = pattern.split(' ');
    const parts = matchPath(route, path);
    if (parts === undefined) continue;
    isKnownPath = true;
    if (method !== message.method) continue;
    const body = method === 'POST' ? await readJsonBody(message) : {};
    return callHandler(handler, faults, body, parts);
  }
  throw new ApiStatusError(isKnownPath ? methodNotAllowed() : pathNotFound());
}

function callHandler(
  handler: Handler,
  faults: DemoFaults,
  body: JsonObject,
  parts: readonly string[],
): ApiResponse {
  try {
    return handler(faults, body, parts);
  } catch (error) {
    if (error instanceof ApiStatusError || !(error instanceof Error)) throw error;
    throw new ApiStatusError(badRequest(error.message));
  }
}

function addFault(faults: DemoFaults, body: JsonObject): ApiResponse {
  const { durationMs, ...rest } = body;
  if (durationMs !== undefined && !(typeof durationMs === 'number' && durationMs > 0)) {
    throw new ApiStatusError(badRequest('durationMs must be a number of milliseconds'));
  }
  const fault = parseFault(rest);
  if (fault.type === 'freeze' && durationMs === undefined) {
    const reason = 'a freeze needs durationMs: while it lasts, no new connection can lift it';
    throw new ApiStatusError(badRequest(reason));
  }
  return json({ id: faults.add(fault, durationMs).id }, 201);
}

/**
 * Returns the response with an action that restarts the API server. The server runs the action after the response has
 * been sent, because a restart closes the connection of the request.
 */
function restartAfter(response: ApiResponse, faults: DemoFaults): ApiResponse {
  if (response.type !== 'body') return response;
  return { ...response, afterwards: () => void faults.restart() };
}

function matchPath(route: string, path: string): readonly string[] | undefined {
  const wanted = route.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const parts: string[] = [];
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part === ':') parts.push(decodeURIComponent(value));
    else if (part !== value) return undefined;
  }
  return parts;
}

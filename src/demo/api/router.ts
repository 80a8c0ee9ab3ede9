import type { ServerEnvironment } from '../environment.ts';
import { upgradeRequired } from '../portforward/upgradeRequest.ts';
import { ApiStatusError, methodNotAllowed, pathNotFound } from '../status.ts';
import type { AdmittedRequest } from './admission.ts';
import {
  createObject,
  deleteObject,
  deletePod,
  getScale,
  patchObject,
  putScale,
  updateObject,
} from './changes.ts';
import { discover, openApi, versionInfo } from './discovery.ts';
import { getObject, listObjects } from './list.ts';
import { readJsonBody } from './requestBody.ts';
import type { ResourceRequest } from './requestInfo.ts';
import { type ApiResponse, plainText } from './response.ts';
import { answerReview, reviewOf } from './reviews.ts';
import { watchObjects } from './watch.ts';

/** Answers a request that `admit` has accepted. @throws ApiStatusError for an error response */
export async function route(environment: ServerEnvironment, request: AdmittedRequest): Promise<ApiResponse> {
  const { message, url, user, resource } = request;
  if (resource !== undefined) return routeResource(environment, request, resource);
  const review = reviewOf(url.pathname);
  if (review !== undefined) {
    if (message.method !== 'POST') throw new ApiStatusError(methodNotAllowed());
    return answerReview(review, user, message);
  }
  if (message.method !== 'GET' && message.method !== 'HEAD') throw new ApiStatusError(pathNotFound());
  switch (url.pathname) {
    case '/version':
      return versionInfo(environment.version);
    case '/healthz':
    case '/livez':
    case '/readyz':
      return plainText('ok');
    default: {
      const host = message.headers.host ?? '';
      const found =
        discover(url.pathname, message.headers.accept, host, environment.resources) ??
        openApi(url.pathname, environment.resources);
      if (found === undefined) throw new ApiStatusError(pathNotFound());
      return found;
    }
  }
}

async function routeResource(
  environment: ServerEnvironment,
  { message, url }: AdmittedRequest,
  resource: ResourceRequest,
): Promise<ApiResponse> {
  const { store, pods } = environment;
  const { accept } = message.headers;
  const query = url.searchParams;
  if (resource.subresource === 'portforward') throw new ApiStatusError(upgradeRequired());
  if (resource.subresource === 'scale') return routeScale(environment, message, resource);
  if (resource.subresource !== '') throw new ApiStatusError(pathNotFound());
  switch (resource.verb) {
    case 'get':
      return getObject(store, resource, accept, query);
    case 'list':
      return listObjects(store, resource, accept, query);
    case 'watch':
      return watchObjects(watchEnvironment(environment), resource, accept, query);
    case 'create':
      return createObject(store, resource, await readJsonBody(message));
    case 'update':
      return updateObject(store, resource, await readJsonBody(message));
    case 'delete': {
      const options = await readJsonBody(message);
      if (resource.resource.key !== 'pods') return deleteObject(store, resource);
      return deletePod(store, pods, resource, options, query);
    }
    case 'patch':
      return patchObject(store, resource, message.headers['content-type'], await readJsonBody(message));
    default:
      throw new ApiStatusError(methodNotAllowed());
  }
}

async function routeScale(
  { store }: ServerEnvironment,
  message: AdmittedRequest['message'],
  resource: ResourceRequest,
): Promise<ApiResponse> {
  switch (resource.verb) {
    case 'get':
      return getScale(store, resource);
    case 'patch':
      return patchObject(store, resource, message.headers['content-type'], await readJsonBody(message));
    case 'update':
      return putScale(store, resource, await readJsonBody(message));
    default:
      throw new ApiStatusError(methodNotAllowed());
  }
}

function watchEnvironment({ store, clock, bookmarkIntervalMs, faults, activity }: ServerEnvironment) {
  return {
    store,
    clock,
    bookmarkIntervalMs,
    activity,
    isFrozen: () => faults.isFrozen,
    onDidThaw: faults.onDidThaw,
  };
}

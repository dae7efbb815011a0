import type { Client } from '@machinepool/kube'

import { LeadershipLostError } from './leader-election.ts'

/**
 * A client whose writes fail with `LeadershipLostError` as soon as `mayWrite` says no. A process that was stopped and goes
 * on in the middle of a reconcile notices here, before any timer has fired, that another may lead by now.
 */
export function fenceClient(client: Client, mayWrite: () => boolean): Client {
  function guard<Result>(write: () => Promise<Result>): Promise<Result> {
    return mayWrite() ? write() : Promise.reject(new LeadershipLostError())
  }
  return {
    get: (resource, key, options) => client.get(resource, key, options),
    list: (resource, options) => client.list(resource, options),
    watch: (resource, options) => client.watch(resource, options),
    create: (resource, object, options) => guard(() => client.create(resource, object, options)),
    update: (resource, object, options) => guard(() => client.update(resource, object, options)),
    patch: (resource, key, patch, options) => guard(() => client.patch(resource, key, patch, options)),
    delete: (resource, key, options) => guard(() => client.delete(resource, key, options)),
    createSubresource: (resource, key, subresource, body, options) =>
      guard(() => client.createSubresource(resource, key, subresource, body, options)),
    request: (method, path, body, options) =>
      method === 'GET'
        ? client.request(method, path, body, options)
        : guard(() => client.request(method, path, body, options)),
    close: () => client.close(),
  }
}

import type { Client, SendOptions } from '@machinepool/kube'

import { LeadershipLostError } from './leader-election.ts'

/**
 * A client whose writes fail with `LeadershipLostError` as soon as `mayWrite` says no, also those that wait for credentials or
 * because the server asked for patience. A process that was stopped and goes on in the middle of a reconcile notices here,
 * before any timer has fired, that another may lead by now.
 */
export function fenceClient(client: Client, mayWrite: () => boolean): Client {
  function beforeSend(): void {
    if (!mayWrite()) throw new LeadershipLostError()
  }
  function guard<Options extends SendOptions, Result>(
    options: Options | undefined,
    write: (options: Options & SendOptions) => Promise<Result>,
  ): Promise<Result> {
    // Asked here, too, for clients that know no `beforeSend`.
    return mayWrite() ? write({ ...(options as Options), beforeSend }) : Promise.reject(new LeadershipLostError())
  }
  return {
    get: (resource, key, options) => client.get(resource, key, options),
    list: (resource, options) => client.list(resource, options),
    watch: (resource, options) => client.watch(resource, options),
    create: (resource, object, options) => guard(options, (fenced) => client.create(resource, object, fenced)),
    update: (resource, object, options) => guard(options, (fenced) => client.update(resource, object, fenced)),
    patch: (resource, key, patch, options) => guard(options, (fenced) => client.patch(resource, key, patch, fenced)),
    delete: (resource, key, options) => guard(options, (fenced) => client.delete(resource, key, fenced)),
    createSubresource: (resource, key, subresource, body, options) =>
      guard(options, (fenced) => client.createSubresource(resource, key, subresource, body, fenced)),
    request: (method, path, body, options) =>
      method === 'GET'
        ? client.request(method, path, body, options)
        : guard(options, (fenced) => client.request(method, path, body, fenced)),
    close: () => client.close(),
  }
}

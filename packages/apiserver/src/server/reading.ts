import { ApiFailure, methodNotAllowed, notFound } from '../failure.ts'
import { valueAt } from '../json.ts'
import { findEntry, needVersion, readEntry, renderEntry, renderItem, type Backend } from '../operations/backend.ts'
import { listObjects } from '../operations/list.ts'
import { readScale } from '../operations/scale.ts'
import { targetApiVersion, type Target } from '../operations/target.ts'
import { serveWatch, type Timers } from '../watch/watch.ts'
import { Outside } from '../webhooks/outside.ts'
import { presented, sendObject, type Call } from './answer.ts'

/** GET on a resource: an object, a collection, or a watch. */
export async function read(
  { backend, timers }: { readonly backend: Backend; readonly timers: Timers },
  target: Target,
  call: Call,
): Promise<void> {
  const watch = call.query.get('watch')
  if ((watch === 'true' || watch === '1') && target.name === '') {
    await serveWatch(backend, timers, {
      target,
      query: call.query,
      accepted: call.accepted,
      response: call.response,
    })
    return
  }
  if (target.kind.definition.review === true) throw methodNotAllowed()
  if (target.subresource === 'log') answerLogs(backend, target, call)
  else if (target.name === '') await readCollection(backend, target, call)
  else await readObject(backend, target, call)
}

async function readObject(backend: Backend, target: Target, call: Call): Promise<void> {
  const text = await new Outside().complete(() => objectText(backend, target, call))
  await backend.store.settled()
  sendObject(call, 200, text)
}

function objectText(backend: Backend, target: Target, call: Call): string {
  if (target.subresource === 'scale') return JSON.stringify(readScale(backend, target))
  if (target.subresource !== '' && target.subresource !== 'status') throw methodNotAllowed()
  const entry = findEntry(backend, target)
  if (entry === undefined) throw notFound(target.kind.definition, target.name)
  if (call.accepted.as === 'Object') return renderEntry(entry, target)
  const metadata = { resourceVersion: String(entry.revision) }
  return JSON.stringify(presented([readEntry(entry, target)], target, call, metadata, backend.now()))
}

async function readCollection(backend: Backend, target: Target, call: Call): Promise<void> {
  const text = await new Outside().complete(() => collectionText(backend, target, call))
  await backend.store.settled()
  sendObject(call, 200, text)
}

function collectionText(backend: Backend, target: Target, call: Call): string {
  const page = listObjects(backend, target, call.query)
  needVersion(page.entries, target)
  const filtered = call.query.has('labelSelector') || call.query.has('fieldSelector')
  const metadata = {
    resourceVersion: String(page.revision),
    // Custom resources are listed without a type that could leave it out.
    ...(page.continueToken === '' && !(target.kind.definition.custom && call.accepted.as === 'Object')
      ? {}
      : { continue: page.continueToken }),
    ...(page.remaining > 0 && !filtered ? { remainingItemCount: page.remaining } : {}),
  }
  if (call.accepted.as === 'Object') {
    const head = JSON.stringify({
      kind: target.kind.definition.listKind,
      apiVersion: targetApiVersion(target),
      metadata,
    })
    const items = page.entries.map((entry) => renderItem(entry, target))
    return `${head.slice(0, -1)},"items":[${items.join(',')}]}`
  }
  const objects = page.entries.map((entry) => readEntry(entry, target))
  return JSON.stringify(presented(objects, target, call, metadata, backend.now()))
}

/** Pods run nowhere, so they have nothing to say. */
function answerLogs(backend: Backend, target: Target, { response }: Call): void {
  const entry = findEntry(backend, target)
  if (entry === undefined) throw notFound(target.kind.definition, target.name)
  if (valueAt(entry.object, ['spec', 'nodeName']) !== undefined)
    throw new ApiFailure(503, 'ServiceUnavailable', `pod ${target.name} has no logs: this server has no kubelets`)
  response.writeHead(204)
  response.end()
}

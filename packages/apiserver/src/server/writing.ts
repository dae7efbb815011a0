import type { IncomingMessage } from 'node:http'

import { invalid, methodNotAllowed, unknownPatchType, unsupportedOption, type FieldError } from '../failure.ts'
import type { Backend, FieldValidation, WriteContext, Written } from '../operations/backend.ts'
import { newIdentity } from '../operations/backend.ts'
import { createObject, trackCreation } from '../operations/create.ts'
import { deleteCollection, deleteObject, parseDeleteOptions } from '../operations/delete.ts'
import { parseSelection, selects } from '../operations/list.ts'
import { patchObject, type PatchRequest, type PatchType } from '../operations/patch.ts'
import { bindPod, evictPod } from '../operations/pod-subresources.ts'
import { answerReview } from '../operations/reviews.ts'
import { writeScale } from '../operations/scale.ts'
import type { Target } from '../operations/target.ts'
import { updateObject } from '../operations/update.ts'
import { Outside, Waiting } from '../webhooks/outside.ts'
import { addWarning, answerText, sendObject, type Call } from './answer.ts'
import { mediaType, parseBody, readBody, type BodyLimits } from './body.ts'
import { duplicateFields } from './duplicate-fields.ts'

/** A patch is read by its own rules: only whole objects are looked through. */
function duplicatesIn({ request, query }: Call, bytes: Buffer): readonly string[] {
  const whole = request.method === 'POST' || request.method === 'PUT'
  const json = ['application/json', ''].includes(mediaType(request))
  return whole && json && query.get('fieldValidation') !== 'Ignore' ? duplicateFields(bytes.toString('utf8')) : []
}

export interface WriteOptions {
  readonly backend: Backend
  readonly limits: BodyLimits
  readonly token: string
}

/** Everything that is no GET. */
export async function write(options: WriteOptions, target: Target, call: Call): Promise<void> {
  const bytes = await readBody(call.request, options.limits)
  const attempt = newAttempt(options, call, bytes)
  const written = await attempt.outside.complete(() => attempt.make(target))
  attempt.tellWarnings()
  await written.committed
  sendObject(call, written.code, answerText(call, target, written.object))
}

/** One request's work, which may have to be begun again when a webhook has answered. */
function newAttempt(options: WriteOptions, call: Call, bytes: Buffer) {
  const outside = new Outside()
  // All attempts are made at the same time, with the same chance.
  const at = options.backend.now()
  const backend: Backend = { ...options.backend, now: () => at }
  const identity = newIdentity()
  let warnings: string[] = []
  return {
    outside,
    make(target: Target): Written {
      warnings = []
      const body = call.request.method === 'PATCH' ? bytes : parseBody(bytes, mediaType(call.request), options.limits)
      const context: WriteContext = {
        ...writeContext(call, (message) => void warnings.push(message)),
        duplicates: duplicatesIn(call, bytes),
        identity,
        outside,
      }
      try {
        return dispatch({ ...options, backend }, target, call, body, context)
      } catch (error) {
        if (!(error instanceof Waiting)) this.tellWarnings()
        throw error
      }
    },
    tellWarnings: () => new Set(warnings).forEach((message) => addWarning(call.response, message)),
  }
}

function dispatch(options: WriteOptions, target: Target, call: Call, body: unknown, context: WriteContext): Written {
  const { backend } = options
  switch (call.request.method) {
    case 'POST':
      return post(options, target, body, context)
    case 'PUT':
      if (target.name === '') throw methodNotAllowed()
      return target.subresource === 'scale'
        ? writeScale(backend, target, { body }, context)
        : updateObject(backend, target, body, context)
    case 'PATCH': {
      if (target.name === '') throw methodNotAllowed()
      const patch = patchRequest(options, call, body as Buffer)
      if (patch.type === 'apply') requireManager(call)
      return target.subresource === 'scale'
        ? writeScale(backend, target, { patch }, context)
        : patchObject(backend, target, patch, context)
    }
    case 'DELETE':
      return remove(backend, target, call, body, context)
    default:
      throw methodNotAllowed()
  }
}

function post({ backend, token }: WriteOptions, target: Target, body: unknown, context: WriteContext): Written {
  if (target.subresource === 'eviction') return evictPod(backend, target, body, context)
  if (target.subresource === 'binding') return bindPod(backend, target, body, context)
  if (target.name !== '' || target.subresource !== '') throw methodNotAllowed()
  if (target.kind.definition.review === true) {
    const review = answerReview(target, body, token, backend.now())
    trackCreation(backend, target, review, context)
    return { code: 201, object: review, committed: Promise.resolve() }
  }
  return createObject(backend, target, body, context)
}

function remove(backend: Backend, target: Target, call: Call, body: unknown, context: WriteContext): Written {
  if (target.subresource !== '') throw methodNotAllowed(target.kind.definition)
  const options = parseDeleteOptions(body, call.query)
  const dryRun = context.dryRun || (body as { dryRun?: unknown[] } | undefined)?.dryRun?.includes('All') === true
  if (target.name !== '') return deleteObject(backend, target, options, { ...context, dryRun })
  const selection = parseSelection(target, call.query)
  return deleteCollection(backend, target, (entry) => selects(selection, entry, target), options, {
    ...context,
    dryRun,
  })
}

/** An apply is somebody's: the name of the program is not enough. */
function requireManager({ query }: Call): void {
  if ((query.get('fieldManager') ?? '') !== '') return
  throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
    { type: 'FieldValueRequired', field: 'fieldManager', detail: 'is required for apply patch' },
  ])
}

const patchTypes: Record<string, PatchType> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}

function patchRequest(options: WriteOptions, { request, query }: Call, bytes: Buffer): PatchRequest {
  const media = mediaType(request)
  const type = patchTypes[media]
  if (type === undefined) throw unknownPatchType()
  const force = query.get('force')
  return { type, body: parseBody(bytes, media, options.limits), force: force === null ? undefined : force === 'true' }
}

const optionKinds: Record<string, string> = {
  POST: 'CreateOptions',
  PUT: 'UpdateOptions',
  PATCH: 'PatchOptions',
  DELETE: 'DeleteOptions',
}

function writeContext({ request, query }: Call, warn: WriteContext['warn']): Omit<WriteContext, 'identity'> {
  const options = optionKinds[request.method ?? ''] ?? 'CreateOptions'
  const dryRun = query.getAll('dryRun')
  if (dryRun.some((value) => value !== 'All')) throw unsupportedOption(options, 'dryRun', dryRun, ['All'])
  const validation = query.get('fieldValidation') || 'Warn'
  if (validation !== 'Strict' && validation !== 'Warn' && validation !== 'Ignore') {
    throw unsupportedOption(options, 'fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn'])
  }
  checkManager(options, query.get('fieldManager') ?? '')
  return {
    dryRun: dryRun.length > 0,
    fieldManager: query.get('fieldManager') || managerOf(request),
    fieldValidation: validation satisfies FieldValidation,
    warn,
    options: {
      kind: options,
      apiVersion: 'meta.k8s.io/v1',
      ...(dryRun.length > 0 ? { dryRun: ['All'] } : {}),
      ...(query.has('fieldManager') ? { fieldManager: query.get('fieldManager') } : {}),
    },
  }
}

function checkManager(options: string, manager: string): void {
  const field = 'fieldManager'
  const errors: FieldError[] = []
  if (Buffer.byteLength(manager) > 128)
    errors.push({ type: 'FieldValueTooLong', field, detail: 'may not be more than 128 bytes' })
  const hidden = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(manager)
  if (hidden !== null) {
    const code = (hidden[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    const detail = `invalid character U+${code} (at position ${hidden.index})`
    errors.push({ type: 'FieldValueInvalid', field, value: manager, detail })
  }
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: options }, '', errors)
}

/** A client that does not name itself is known by its program. */
function managerOf(request: IncomingMessage): string {
  return (request.headers['user-agent'] ?? '').split('/')[0]?.slice(0, 128) || 'unknown'
}

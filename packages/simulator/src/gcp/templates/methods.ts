import { createHash } from 'node:crypto'

import { sameScope, scopeOfRequest, type GcpRequest, type MethodHandlers } from '../call.ts'
import { GcpError, notFound } from '../error.ts'
import { aggregatedListing, listing } from '../listing.ts'
import { numericId, openOperation, showOperation } from '../operations/operations.ts'
import { runOperation } from '../operations/run.ts'
import { fingerprint } from '../instances/show.ts'
import { parseReference, scopeOf } from '../reference.ts'
import type { Shown } from '../shown.ts'
import type { Disk, GcpTemplate, Project } from '../state.ts'
import { timestamp } from '../time.ts'
import { checkTemplate, type TemplateBody } from './check.ts'

const list = (request: GcpRequest): object => {
  const scope = scopeOfRequest(request)
  const own = request.project.templates
    .readAll()
    .filter((template) => template.ready && sameScope(scope, template.path))
  return listing(
    request,
    'instanceTemplate',
    own.map((template) => showTemplate(request.project, template)),
  )
}

export const templateMethods: MethodHandlers = {
  'instanceTemplates.insert': insert,
  'regionInstanceTemplates.insert': insert,
  'instanceTemplates.get': (request) => showTemplate(request.project, find(request)),
  'regionInstanceTemplates.get': (request) => showTemplate(request.project, find(request)),
  'instanceTemplates.list': list,
  'regionInstanceTemplates.list': list,
  'instanceTemplates.aggregatedList': (request) =>
    aggregatedListing(
      request,
      'instanceTemplate',
      request.project.templates
        .readAll()
        .filter(({ ready }) => ready)
        .map((template) => showTemplate(request.project, template)),
    ),
  'instanceTemplates.delete': remove,
  'regionInstanceTemplates.delete': remove,
}

function pathOf(request: GcpRequest, name = request.variables['instanceTemplate']): string {
  return `${scopeOfRequest(request)}/instanceTemplates/${name}`
}

function find(request: GcpRequest): GcpTemplate {
  const path = pathOf(request)
  const template = request.project.templates.read(path)
  if (!template?.ready) throw notFound(`projects/${request.project.id}/${path}`)
  return template
}

function insert(request: GcpRequest): object {
  const { project, user } = request
  const body = request.body as TemplateBody
  const properties = checkTemplate(body)
  const path = pathOf(request, body.name)
  if (project.templates.get(path)) {
    throw new GcpError(409, 'alreadyExists', `The resource 'projects/${project.id}/${path}' already exists`)
  }
  const limit = project.quotas.get('INSTANCE_TEMPLATES')
  if (limit !== undefined && project.templates.values().length >= limit) {
    throw new GcpError(
      403,
      'quotaExceeded',
      `Quota 'INSTANCE_TEMPLATES' exceeded.  Limit: ${limit.toFixed(1)} globally.`,
    )
  }
  const template: GcpTemplate = {
    path,
    name: body.name,
    id: numericId(project),
    created: project.clock.now(),
    ...(body.description !== undefined && { description: body.description }),
    properties,
    ready: false,
  }
  project.templates.put(path, template)
  const type = 'compute.instanceTemplates.insert'
  const operation = openOperation(project, { type, target: path, targetId: template.id, user })
  runOperation(project, operation, { do: 'insertTemplate', path })
  return showOperation(project, operation)
}

function remove(request: GcpRequest): object {
  const { project, user } = request
  const { path, id } = find(request)
  const current = project.templates.get(path)
  if (!current) throw notFound(`projects/${project.id}/${path}`)
  const holder = userOf(project, path)
  if (holder !== undefined) {
    throw new GcpError(
      400,
      'resourceInUseByAnotherResource',
      `The instance_template resource 'projects/${project.id}/${path}' is already being used by 'projects/${project.id}/${holder}'`,
    )
  }
  const operation = openOperation(project, {
    type: 'compute.instanceTemplates.delete',
    target: path,
    targetId: id,
    user,
  })
  runOperation(project, operation, { do: 'deleteTemplate', path })
  return showOperation(project, operation)
}

/** The group that has the template among its versions, or instances made from it. */
function userOf(project: Project, path: string): string | undefined {
  return project.groups
    .values()
    .find(
      ({ resource, members }) =>
        resource.versions.some(({ instanceTemplate }) => parseReference(instanceTemplate).path === path) ||
        members.some(({ template }) => template === path),
    )?.path
}

function showTemplate(project: Project, template: GcpTemplate): Shown {
  const scope = scopeOf(template.path)
  const { description = '' } = template
  return {
    kind: 'compute#instanceTemplate',
    id: template.id,
    name: template.name,
    description,
    creationTimestamp: timestamp(template.created),
    ...(scope !== 'global' && { region: project.link(scope) }),
    properties: showProperties(project, template),
    selfLink: project.link(template.path),
  }
}

/** References come back as full links, whatever form they were given in. */
function showProperties(project: Project, { properties }: GcpTemplate): object {
  const { disks = [], networkInterfaces = [], metadata, ...others } = properties
  const link = (reference: string) => {
    const { project: owner, path } = parseReference(reference)
    return project.link(owner === undefined ? path : `projects/${owner}/${path}`)
  }
  const { resourceManagerTags: _tags, ...shown } = others
  return {
    ...shown,
    disks: disks.map(({ initializeParams, diskEncryptionKey, ...disk }, index) => ({
      kind: 'compute#attachedDisk',
      type: 'PERSISTENT',
      mode: 'READ_WRITE',
      index,
      ...disk,
      ...(diskEncryptionKey && { diskEncryptionKey: showKey(diskEncryptionKey) }),
      ...(initializeParams && { initializeParams: showParameters(initializeParams, link) }),
    })),
    networkInterfaces: networkInterfaces.map(({ network, subnetwork, ...one }, index) => ({
      kind: 'compute#networkInterface',
      name: `nic${index}`,
      ...one,
      // A subnetwork says in which network it lies.
      ...((network !== undefined || subnetwork === undefined) && {
        network: link(network ?? 'global/networks/default'),
      }),
      ...(subnetwork !== undefined && { subnetwork: link(subnetwork) }),
    })),
    metadata: { kind: 'compute#metadata', ...metadata, fingerprint: fingerprint(metadata ?? {}) },
  }
}

/** Tags are taken and never shown. */
function showParameters(
  { resourceManagerTags: _tags, ...parameters }: NonNullable<Disk['initializeParams']>,
  link: (reference: string) => string,
): object {
  return { ...parameters, ...(parameters.sourceImage && { sourceImage: link(parameters.sourceImage) }) }
}

/** Of a key that was sent along only its hash is shown; a wrapped one is unwrapped first. */
function showKey({ rawKey, rsaEncryptedKey, ...key }: NonNullable<Disk['diskEncryptionKey']>): object {
  const bytes = rawKey === undefined ? `unwrapped ${rsaEncryptedKey}` : Buffer.from(rawKey, 'base64')
  if (rawKey === undefined && rsaEncryptedKey === undefined) return key
  return { ...key, sha256: createHash('sha256').update(bytes).digest('base64') }
}

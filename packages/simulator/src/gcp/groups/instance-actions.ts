import type { GcpRequest, MethodHandler } from '../call.ts'
import { GcpError, invalidValue } from '../error.ts'
import { collectionOf } from '../listing.ts'
import { openOperation, showOperation } from '../operations/operations.ts'
import { scheduled } from '../operations/run.ts'
import { parseReference } from '../reference.ts'
import { createMember, neededFor, updateMember, wake } from './engine.ts'
import { groupToChange } from './find.ts'
import { deleteMember, pathOfMember, putMembers, recreateMember } from './members.ts'
import { checkSize } from './resource.ts'
import type { GcpGroup, GcpMember, UpdateAction } from './state.ts'
import { chosenAction } from './update-action.ts'
import { assign, isLive, nextVersion } from './versions.ts'
import { smallestZone } from './zones.ts'

/** Methods that act on chosen instances. Their operations are done as soon as the work is scheduled. */
export const instanceActions: Readonly<Record<string, MethodHandler>> = {
  deleteInstances(request) {
    const group = groupToChange(request)
    const members = chosenMembers(request, group)
    shrink(request, group, members.length)
    for (const { name } of members) deleteMember(request.project, group.path, name)
    return done(request, group)
  },
  abandonInstances(request) {
    const { project } = request
    const group = groupToChange(request)
    const members = chosenMembers(request, group)
    shrink(request, group, members.length)
    const left = new Set(members.map(({ name }) => name))
    const current = project.groups.get(group.path)!
    putMembers(
      project,
      current,
      current.members.filter(({ name }) => !left.has(name)),
    )
    for (const member of members) {
      const vm = project.instances.get(pathOfMember(member))
      if (!vm) continue
      const { creator: _creator, ...own } = vm
      project.instances.put(vm.path, own)
    }
    return done(request, group)
  },
  recreateInstances(request) {
    const group = groupToChange(request)
    for (const { name } of chosenMembers(request, group)) {
      recreateMember(request.project, group.path, name, assign(nextVersion(group, group.members)))
    }
    return done(request, group)
  },
  applyUpdatesToInstances,
  createInstances,
}

interface InstancesBody {
  readonly instances?: readonly string[]
  readonly skipInstancesOnValidationError?: boolean
}

const mostInstances = 1000

/** The members a request names, by links or names; what is not among them fails the request or is skipped. */
function chosenMembers({ body, project }: GcpRequest, group: GcpGroup): GcpMember[] {
  const { instances = [], skipInstancesOnValidationError: skip = false } = body as InstancesBody
  if (instances.length > mostInstances) {
    throw new GcpError(
      400,
      'invalid',
      `Invalid value for field 'instances': ''. At most ${mostInstances} instances may be given.`,
    )
  }
  if (instances.some(isName) && !instances.every(isName)) {
    throw new GcpError(400, 'invalid', "Invalid value for field 'instances': ''. Names and URLs must not be mixed.")
  }
  const members = instances.flatMap((text, index) => {
    const field = `instances[${index}]`
    const member = findReferenced(group, field, text)
    if (member && isLive(member)) return [member]
    if (skip) return []
    const why = member
      ? 'The instance is already being deleted or abandoned.'
      : `The instance is not a member of '${group.resource.name}'.`
    throw invalidValue(field, text, why)
  })
  if (new Set(members).size < members.length)
    throw invalidValue('instances', `projects/${project.id}`, 'Instances must be unique.')
  return members
}

function isName(text: string): boolean {
  return !text.includes('/')
}

function findReferenced(group: GcpGroup, field: string, text: string): GcpMember | undefined {
  if (isName(text)) return group.members.find(({ name }) => name === text)
  const { path } = parseReference(text)
  const zone = /^zones\/([^/]+)\/instances\/[^/]+$/.exec(path)?.[1]
  if (zone === undefined) throw invalidValue(field, text, 'The URL is malformed.')
  // Not even told to skip does the API take instances of elsewhere.
  if (!group.zones.includes(zone)) throw invalidValue(field, text, 'The instance is not in a zone of the group.')
  return group.members.find((member) => pathOfMember(member) === path)
}

function shrink({ project }: GcpRequest, group: GcpGroup, by: number) {
  const targetSize = Math.max(0, group.resource.targetSize - by)
  project.groups.put(group.path, { ...group, resource: { ...group.resource, targetSize } })
}

function done(request: GcpRequest, { path, id }: GcpGroup): object {
  const { project, user } = request
  wake(project, path)
  const type = `compute.${collectionOf(request.id)}.${request.id.split('.')[1]}`
  const operation = openOperation(project, { type, target: path, targetId: id, user })
  return showOperation(project, scheduled(project, operation))
}

interface ApplyBody extends InstancesBody {
  readonly allInstances?: boolean
  readonly minimalAction?: UpdateAction
  readonly mostDisruptiveAllowedAction?: UpdateAction
  readonly maximalAction?: UpdateAction
}

function applyUpdatesToInstances(request: GcpRequest): object {
  const { project } = request
  const group = groupToChange(request)
  const body = request.body as ApplyBody
  const { minimalAction = 'NONE', mostDisruptiveAllowedAction = 'REPLACE' } = body
  const members = body.allInstances === true ? group.members.filter(isLive) : chosenMembers(request, group)
  for (const member of members) {
    const current = project.groups.get(group.path)!
    const version = nextVersion(
      current,
      current.members.filter(({ name }) => name !== member.name),
    )
    const action = chosenAction(neededFor(project, member, version), { minimalAction, mostDisruptiveAllowedAction })
    const { replacementMethod } = group.resource.updatePolicy
    // Without its member the group makes a new one, under a new name.
    if (action === 'REPLACE' && replacementMethod === 'SUBSTITUTE') deleteMember(project, group.path, member.name)
    else updateMember(project, group.path, member.name, action, version)
  }
  return done(request, group)
}

function createInstances(request: GcpRequest): object {
  const { project, body } = request
  const group = groupToChange(request)
  const { instances = [] } = body as { instances?: readonly { readonly name?: string }[] }
  for (const [index, { name }] of instances.entries()) {
    const taken = group.zones.some((zone) => project.instances.get(`zones/${zone}/instances/${name}`))
    if (taken || group.members.some((member) => member.name === name)) {
      throw invalidValue(`instances[${index}].name`, name ?? '', 'The name is already used.')
    }
  }
  const targetSize = checkSize('resource.targetSize', group.resource.targetSize + instances.length, group.regional)
  project.groups.put(group.path, { ...group, resource: { ...group.resource, targetSize } })
  for (const { name } of instances) {
    const current = project.groups.get(group.path)!
    createMember(project, group.path, {
      zone: smallestZone(current, current.members),
      version: nextVersion(current, current.members),
      action: 'CREATING',
      ...(name !== undefined && { name }),
    })
  }
  return done(request, group)
}

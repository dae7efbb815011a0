import { AwsError } from '../../error.ts'
import { matchesFilters, type Filter, type FilterFields, type Tag } from '../../filters.ts'
import { page } from '../../paging.ts'
import type { Region } from '../../region.ts'
import type { CallContext } from '../../service.ts'
import type { LaunchTemplate, TemplateData, TemplateVersion } from './state.ts'
import { tagsFor } from './tags.ts'

interface TemplateReference {
  readonly LaunchTemplateId?: string
  readonly LaunchTemplateName?: string
}

interface TagSpecification {
  readonly ResourceType?: string
  readonly Tags?: readonly Tag[]
}

/** Decoded user data may have this many bytes, https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html */
const userDataLimit = 16_384

/** A request with the data of a new template or version. */
interface WithData {
  readonly ClientToken?: string
  readonly VersionDescription?: string
  readonly LaunchTemplateData: TemplateData
  readonly DryRun?: boolean
}

export function createLaunchTemplate(
  input: WithData & { LaunchTemplateName: string; TagSpecifications?: readonly TagSpecification[] },
  { region, identity }: CallContext,
) {
  const { launchTemplates } = region.ec2
  const known = repeated(region, input)
  if (known) return { LaunchTemplate: describeTemplate(launchTemplates.get(known)!) }
  const name = input.LaunchTemplateName
  if (!/^[\w().\-/]{3,128}$/.test(name)) {
    throw new AwsError(
      'InvalidLaunchTemplateName.MalformedException',
      `The specified launch template name '${name}' is invalid: it must have 3 to 128 letters, digits, and the characters ( ) . - / _`,
    )
  }
  if (launchTemplates.values().some((template) => template.name === name)) {
    throw new AwsError('InvalidLaunchTemplateName.AlreadyExistsException', 'Launch template name already in use.')
  }
  checkData(input.LaunchTemplateData)
  refuseDryRun(input)
  const id = `lt-${region.ids.hex(17)}`
  const template: LaunchTemplate = {
    id,
    name,
    created: region.clock.now(),
    createdBy: identity.arn,
    defaultVersion: 1,
    latestVersion: 1,
    versions: [toVersion(input, input.LaunchTemplateData, 1, region, identity.arn)],
    tags: tagsFor(input.TagSpecifications, 'launch-template'),
  }
  launchTemplates.put(id, template)
  remember(region, input, id)
  return { LaunchTemplate: describeTemplate(template) }
}

export function createLaunchTemplateVersion(
  input: WithData & TemplateReference & { SourceVersion?: string },
  { region, identity }: CallContext,
) {
  const template = liveTemplate(region, input)
  const known = repeated(region, input)
  if (known) {
    const version = template.versions.find(({ number }) => String(number) === known)!
    return { LaunchTemplateVersion: describeVersion(template, version) }
  }
  const source = input.SourceVersion === undefined ? {} : findVersion(template, input.SourceVersion).data
  const data = { ...source, ...input.LaunchTemplateData }
  checkData(data)
  refuseDryRun(input)
  const number = template.latestVersion + 1
  const version = toVersion(input, data, number, region, identity.arn)
  const next = { ...template, latestVersion: number, versions: [...template.versions, version] }
  region.ec2.launchTemplates.put(template.id, next)
  remember(region, input, String(number))
  return { LaunchTemplateVersion: describeVersion(next, version) }
}

function toVersion(input: WithData, data: TemplateData, number: number, region: Region, arn: string): TemplateVersion {
  const description = input.VersionDescription
  return {
    number,
    created: region.clock.now(),
    createdBy: arn,
    data,
    ...(description !== undefined && { description }),
  }
}

function checkData(data: TemplateData) {
  if (Object.keys(data).length === 0) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter LaunchTemplateData')
  }
  if (data.UserData === undefined) return
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(data.UserData)) {
    throw new AwsError('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.')
  }
  if (Buffer.from(data.UserData, 'base64').length > userDataLimit) {
    throw new AwsError('InvalidUserData.Malformed', 'User data is limited to 16384 bytes')
  }
}

/** What a call with this client token created before; another request under the same token is refused. */
function repeated(region: Region, input: WithData): string | undefined {
  const known = input.ClientToken === undefined ? undefined : region.ec2.clientTokens.get(input.ClientToken)
  if (known && known.request !== JSON.stringify(input)) {
    throw new AwsError(
      'IdempotentParameterMismatch',
      'The client token is already associated with a different request. Use another client token or the same parameters.',
    )
  }
  return known?.id
}

function remember(region: Region, input: WithData, id: string) {
  if (input.ClientToken !== undefined)
    region.ec2.clientTokens.put(input.ClientToken, { request: JSON.stringify(input), id })
}

export function refuseDryRun({ DryRun: dryRun }: { DryRun?: boolean }) {
  if (dryRun) throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412)
}

export function modifyLaunchTemplate(
  input: TemplateReference & { DefaultVersion?: string; DryRun?: boolean },
  { region }: CallContext,
) {
  const template = liveTemplate(region, input)
  const version = findVersion(template, input.DefaultVersion ?? '$Default')
  refuseDryRun(input)
  const next = { ...template, defaultVersion: version.number }
  region.ec2.launchTemplates.put(template.id, next)
  return { LaunchTemplate: describeTemplate(next) }
}

export function deleteLaunchTemplate(input: TemplateReference & { DryRun?: boolean }, { region }: CallContext) {
  const template = liveTemplate(region, input)
  refuseDryRun(input)
  region.ec2.launchTemplates.delete(template.id)
  return { LaunchTemplate: describeTemplate(template) }
}

export function deleteLaunchTemplateVersions(
  input: TemplateReference & { Versions: readonly string[] },
  { region }: CallContext,
) {
  const template = liveTemplate(region, input)
  const deleted: object[] = []
  const failed: object[] = []
  const gone = new Set<number>()
  for (const wanted of input.Versions) {
    const number = Number(wanted)
    const shown = { LaunchTemplateId: template.id, LaunchTemplateName: template.name, VersionNumber: number }
    const problem = deletionProblem(template, number)
    if (problem) failed.push({ ...shown, ResponseError: problem })
    else {
      gone.add(number)
      deleted.push(shown)
    }
  }
  const versions = template.versions.filter(({ number }) => !gone.has(number))
  if (gone.size > 0) region.ec2.launchTemplates.put(template.id, { ...template, versions })
  return { SuccessfullyDeletedLaunchTemplateVersions: deleted, UnsuccessfullyDeletedLaunchTemplateVersions: failed }
}

function deletionProblem(template: LaunchTemplate, number: number): { Code: string; Message: string } | undefined {
  if (!template.versions.some((version) => version.number === number)) {
    return { Code: 'launchTemplateVersionDoesNotExist', Message: `The version ${number} does not exist` }
  }
  if (template.defaultVersion === number) {
    return { Code: 'unexpectedError', Message: 'Cannot delete the default version of a launch template' }
  }
  return undefined
}

const templateFilters: FilterFields<LaunchTemplate> = {
  'launch-template-name': ({ name }) => [name],
  'create-time': ({ created }) => [new Date(created).toISOString()],
}

export function describeLaunchTemplates(
  input: {
    LaunchTemplateIds?: readonly string[]
    LaunchTemplateNames?: readonly string[]
    Filters?: readonly Filter[]
    MaxResults?: number
    NextToken?: string
  },
  { region }: CallContext,
) {
  const shown = region.ec2.launchTemplates.readAll()
  const { LaunchTemplateIds: ids, LaunchTemplateNames: names } = input
  for (const id of ids ?? []) if (!shown.some((template) => template.id === id)) throw idNotFound(id)
  for (const name of names ?? []) if (!shown.some((template) => template.name === name)) throw someNotFound()
  const found = shown
    .filter(({ id, name }) => (ids?.length ? ids.includes(id) : true) && (names?.length ? names.includes(name) : true))
    .filter((template) => matchesFilters(template, input.Filters, templateFilters, template.tags))
  const { items, nextToken } = page(found, input.NextToken, input.MaxResults ?? 200, invalidToken)
  return { LaunchTemplates: items.map(describeTemplate), NextToken: nextToken }
}

const versionFilters: FilterFields<{ template: LaunchTemplate; version: TemplateVersion }> = {
  'image-id': ({ version }) => [version.data.ImageId],
  'instance-type': ({ version }) => [version.data.InstanceType],
  'is-default-version': ({ template, version }) => [String(template.defaultVersion === version.number)],
  'create-time': ({ version }) => [new Date(version.created).toISOString()],
}

export function describeLaunchTemplateVersions(
  input: TemplateReference & {
    Versions?: readonly string[]
    MinVersion?: string
    MaxVersion?: string
    Filters?: readonly Filter[]
    MaxResults?: number
    NextToken?: string
  },
  { region }: CallContext,
) {
  const found = versionsShown(region, input).filter((entry) =>
    matchesFilters(entry, input.Filters, versionFilters, entry.template.tags),
  )
  const { items, nextToken } = page(found, input.NextToken, input.MaxResults ?? 200, invalidToken)
  return {
    LaunchTemplateVersions: items.map(({ template, version }) => describeVersion(template, version)),
    NextToken: nextToken,
  }
}

function versionsShown(
  region: Region,
  input: Parameters<typeof describeLaunchTemplateVersions>[0],
): { template: LaunchTemplate; version: TemplateVersion }[] {
  const { Versions: wanted, MinVersion: min, MaxVersion: max } = input
  if (input.LaunchTemplateId === undefined && input.LaunchTemplateName === undefined) {
    // Only the account-wide listing of the latest or default versions works without naming a template.
    if (!wanted?.length || wanted.some((version) => version !== '$Latest' && version !== '$Default')) {
      throw new AwsError(
        'MissingParameter',
        'The request must contain the parameter LaunchTemplateId or LaunchTemplateName',
      )
    }
    return region.ec2.launchTemplates
      .readAll()
      .flatMap((template) => wanted.map((version) => ({ template, version: findVersion(template, version) })))
  }
  const template = findTemplate(region.ec2.launchTemplates.readAll(), input)
  if (wanted?.length) return wanted.map((version) => ({ template, version: findVersion(template, version) }))
  return (
    template.versions
      .filter(
        ({ number }) => (min === undefined || number >= Number(min)) && (max === undefined || number <= Number(max)),
      )
      // As AWS does: newest first.
      .toReversed()
      .map((version) => ({ template, version }))
  )
}

/** By number, `$Latest` or `$Default`. */
export function findVersion(template: LaunchTemplate, wanted: string): TemplateVersion {
  const number =
    wanted === '$Latest'
      ? template.versions.at(-1)?.number
      : wanted === '$Default'
        ? template.defaultVersion
        : Number(wanted)
  const version = template.versions.find((candidate) => candidate.number === number)
  if (!version) {
    throw new AwsError(
      'InvalidLaunchTemplateId.VersionNotFound',
      `Could not find the specified version ${wanted} for the launch template with ID ${template.id}.`,
    )
  }
  return version
}

/** The template that a request means; the truth, not what readers see. */
export function liveTemplate(region: Region, reference: TemplateReference): LaunchTemplate {
  return findTemplate(region.ec2.launchTemplates.values(), reference)
}

function findTemplate(templates: readonly LaunchTemplate[], reference: TemplateReference): LaunchTemplate {
  const { LaunchTemplateId: id, LaunchTemplateName: name } = reference
  if (id !== undefined && name !== undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      'Only one of LaunchTemplateId and LaunchTemplateName may be given',
    )
  }
  if (id === undefined && name === undefined) {
    throw new AwsError(
      'MissingParameter',
      'The request must contain the parameter LaunchTemplateId or LaunchTemplateName',
    )
  }
  if (id !== undefined && !/^lt-[0-9a-f]{8,17}$/.test(id)) {
    throw new AwsError('InvalidLaunchTemplateId.Malformed', `Invalid launch template ID: "${id}"`)
  }
  const template = templates.find((candidate) => (id === undefined ? candidate.name === name : candidate.id === id))
  if (!template) throw id === undefined ? nameNotFound(name ?? '') : idNotFound(id)
  return template
}

function idNotFound(id: string) {
  return new AwsError(
    'InvalidLaunchTemplateId.NotFound',
    `The specified launch template, with template ID ${id}, does not exist.`,
  )
}

function nameNotFound(name: string) {
  return new AwsError(
    'InvalidLaunchTemplateName.NotFoundException',
    `The specified launch template, with template name ${name}, does not exist.`,
  )
}

function someNotFound() {
  return new AwsError(
    'InvalidLaunchTemplateName.NotFoundException',
    'At least one of the launch templates specified in the request does not exist.',
  )
}

const invalidToken = new AwsError('InvalidNextToken', 'The token is not valid.')

function describeTemplate(template: LaunchTemplate) {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    CreateTime: template.created,
    CreatedBy: template.createdBy,
    DefaultVersionNumber: template.defaultVersion,
    LatestVersionNumber: template.versions.at(-1)?.number,
    Tags: template.tags,
  }
}

function describeVersion(template: LaunchTemplate, version: TemplateVersion) {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    VersionNumber: version.number,
    VersionDescription: version.description,
    CreateTime: version.created,
    CreatedBy: version.createdBy,
    DefaultVersion: template.defaultVersion === version.number,
    LaunchTemplateData: version.data,
  }
}

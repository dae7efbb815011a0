import { AwsError } from '../../error.ts'
import type { Tag } from '../../filters.ts'
import type { Region } from '../../region.ts'
import { checkLaunch, type LaunchRequest } from '../ec2/instances.ts'
import { findVersion, liveTemplate } from '../ec2/launch-templates.ts'
import type { LaunchTemplate, TemplateData, TemplateVersion } from '../ec2/state.ts'
import { tagsFor, withTags } from '../ec2/tags.ts'
import { offersOf, type Offer } from './distribution.ts'
import type { Group, LaunchSource, Override, TemplateSpecification } from './state.ts'

export interface ResolvedTemplate {
  readonly template: LaunchTemplate
  readonly version: TemplateVersion
}

/** The template and version that a specification stands for at this moment. */
export function resolveTemplate(
  region: Region,
  { LaunchTemplateId, LaunchTemplateName, Version }: TemplateSpecification,
): ResolvedTemplate {
  // A stored specification has both; either finds it.
  const template = liveTemplate(
    region,
    LaunchTemplateId === undefined ? { LaunchTemplateName: LaunchTemplateName! } : { LaunchTemplateId },
  )
  return { template, version: findVersion(template, Version || '$Default') }
}

export function baseSpecification({ template, mixed }: LaunchSource): TemplateSpecification | undefined {
  return template ?? mixed?.LaunchTemplate?.LaunchTemplateSpecification
}

/** Fills in the id and name of the templates a source refers to, as Describe shows them. */
export function completeSource(region: Region, source: LaunchSource): LaunchSource {
  const complete = (specification: TemplateSpecification): TemplateSpecification => {
    const { template } = resolveTemplate(region, specification)
    return {
      LaunchTemplateId: template.id,
      LaunchTemplateName: template.name,
      ...(specification.Version !== undefined && { Version: specification.Version }),
    }
  }
  if (source.template) return { template: complete(source.template) }
  const { LaunchTemplate: launch, InstancesDistribution: distribution } = source.mixed ?? {}
  const overrides = launch?.Overrides?.map((override) => ({
    ...override,
    ...(override.LaunchTemplateSpecification && {
      LaunchTemplateSpecification: complete(override.LaunchTemplateSpecification),
    }),
  }))
  return {
    mixed: {
      LaunchTemplate: {
        ...(launch?.LaunchTemplateSpecification && {
          LaunchTemplateSpecification: complete(launch.LaunchTemplateSpecification),
        }),
        ...(overrides?.length && { Overrides: overrides }),
      },
      InstancesDistribution: {
        OnDemandAllocationStrategy: 'prioritized',
        OnDemandBaseCapacity: 0,
        OnDemandPercentageAboveBaseCapacity: 100,
        SpotAllocationStrategy: 'lowest-price',
        ...((distribution?.SpotAllocationStrategy ?? 'lowest-price') === 'lowest-price' && { SpotInstancePools: 2 }),
        ...distribution,
      },
    },
  }
}

/** The ways in which a source can launch, and the data each would use. */
export function offersOfSource(region: Region, source: LaunchSource): Offer[] {
  const { data } = resolveTemplate(region, baseSpecification(source)!).version
  const offers = offersOf(source.mixed?.LaunchTemplate?.Overrides, data.InstanceType ?? '', region.ec2.instanceTypes)
  return offers.filter(({ type, override }) => override?.InstanceRequirements === undefined || fits(type, override))

  /** Of types that are described, only those are considered on which the image runs. */
  function fits(type: string, override: Override): boolean {
    const image = region.ec2.images.get(resolveImage(region, override.ImageId ?? data.ImageId ?? ''))
    return image === undefined || region.ec2.instanceTypes.get(type)?.architecture === image.architecture
  }
}

export function launchRequest(
  region: Region,
  group: Pick<Group, 'name' | 'tags' | 'source'>,
  offer: Offer,
  subnetId: string,
  spot: boolean,
): { request: LaunchRequest; resolved: ResolvedTemplate } {
  const resolved = resolveTemplate(
    region,
    offer.override?.LaunchTemplateSpecification ?? baseSpecification(group.source)!,
  )
  const { template, version } = resolved
  const { data } = version
  return {
    resolved,
    request: {
      template: data,
      imageId: resolveImage(region, offer.override?.ImageId ?? data.ImageId ?? ''),
      type: offer.type,
      subnetId,
      spot,
      tags: instanceTags(group, template, version, data),
    },
  }
}

/** A template may name a parameter instead of an image. */
function resolveImage({ ssm }: Region, image: string): string {
  return image.startsWith('resolve:ssm:') ? (ssm.get(image.slice('resolve:ssm:'.length))?.value ?? image) : image
}

function instanceTags(
  group: Pick<Group, 'name' | 'tags'>,
  template: LaunchTemplate,
  version: TemplateVersion,
  data: TemplateData,
): Tag[] {
  const propagated = group.tags.filter((tag) => tag.PropagateAtLaunch).map(({ Key, Value }) => ({ Key, Value }))
  return withTags(tagsFor(data.TagSpecifications, 'instance'), [
    ...propagated,
    { Key: 'aws:autoscaling:groupName', Value: group.name },
    { Key: 'aws:ec2launchtemplate:id', Value: template.id },
    { Key: 'aws:ec2launchtemplate:version', Value: String(version.number) },
  ])
}

/** Tries what a group would launch, as creating or changing a group does, and words a refusal as AWS does then. */
export function tryLaunch(region: Region, group: Pick<Group, 'name' | 'tags' | 'source' | 'subnets'>) {
  try {
    const offers = offersOfSource(region, group.source)
    if (offers.length === 0)
      throw new AwsError('InvalidParameter', 'No instance type satisfies the instance requirements')
    for (const offer of offers) {
      for (const subnet of group.subnets) {
        checkLaunch(region, launchRequest(region, group, offer, subnet, false).request)
      }
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw new AwsError('ValidationError', `You must use a valid fully-formed launch template. ${error.message}`)
  }
}

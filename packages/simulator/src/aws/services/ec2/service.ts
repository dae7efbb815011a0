import type { Service } from '../../service.ts'
import { describeImages, describeInstanceTypeOfferings, describeInstanceTypes } from './describe-images.ts'
import {
  describeInstances,
  describeInstanceStatus,
  startInstances,
  stopInstances,
  terminateInstances,
} from './describe-instances.ts'
import {
  describeAvailabilityZones,
  describeKeyPairs,
  describeRegions,
  describeSecurityGroups,
  describeSubnets,
  describeVpcs,
} from './describe-network.ts'
import { describeSpotInstanceRequests } from './describe-spot-requests.ts'
import model from './ec2.model.json' with { type: 'json' }
import {
  createLaunchTemplate,
  createLaunchTemplateVersion,
  deleteLaunchTemplate,
  deleteLaunchTemplateVersions,
  describeLaunchTemplates,
  describeLaunchTemplateVersions,
  modifyLaunchTemplate,
} from './launch-templates.ts'
import { createTags, deleteTags, describeTags } from './tagging.ts'

export const ec2Service: Service = {
  name: 'ec2',
  model,
  operations: {
    CreateLaunchTemplate: createLaunchTemplate,
    CreateLaunchTemplateVersion: createLaunchTemplateVersion,
    CreateTags: createTags,
    DeleteLaunchTemplate: deleteLaunchTemplate,
    DeleteLaunchTemplateVersions: deleteLaunchTemplateVersions,
    DeleteTags: deleteTags,
    DescribeAvailabilityZones: describeAvailabilityZones,
    DescribeImages: describeImages,
    DescribeInstanceStatus: describeInstanceStatus,
    DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
    DescribeInstanceTypes: describeInstanceTypes,
    DescribeInstances: describeInstances,
    DescribeKeyPairs: describeKeyPairs,
    DescribeLaunchTemplateVersions: describeLaunchTemplateVersions,
    DescribeLaunchTemplates: describeLaunchTemplates,
    DescribeRegions: describeRegions,
    DescribeSecurityGroups: describeSecurityGroups,
    DescribeSpotInstanceRequests: describeSpotInstanceRequests,
    DescribeSubnets: describeSubnets,
    DescribeTags: describeTags,
    DescribeVpcs: describeVpcs,
    ModifyLaunchTemplate: modifyLaunchTemplate,
    StartInstances: startInstances,
    StopInstances: stopInstances,
    TerminateInstances: terminateInstances,
  },
}

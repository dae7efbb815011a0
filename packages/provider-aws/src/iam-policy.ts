/** An IAM policy document. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html */
export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly PolicyStatement[]
}

export interface PolicyStatement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

export interface IamPolicyOptions {
  /** `aws`, `aws-us-gov`, `aws-cn`. Default `aws`. */
  readonly partition?: string
  /** ARNs of the roles that instances run as (`iamInstanceProfile`). Default: any role. */
  readonly instanceRoles?: readonly string[]
  /** Images by SSM parameter are looked up (EKS). Default true. */
  readonly ssm?: boolean
}

/** Calls of each purpose. A test compares them with the calls that are really made. */
export const iamActions = {
  /** Describe calls know no resources in IAM. */
  read: [
    'autoscaling:DescribeAutoScalingGroups',
    'autoscaling:DescribeInstanceRefreshes',
    'autoscaling:DescribeLifecycleHooks',
    'autoscaling:DescribeScalingActivities',
    'ec2:DescribeImages',
    'ec2:DescribeInstanceTypes',
    'ec2:DescribeInstances',
    'ec2:DescribeLaunchTemplateVersions',
    'ec2:DescribeLaunchTemplates',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSpotInstanceRequests',
    'ec2:DescribeSubnets',
  ],
  groups: [
    'autoscaling:AttachLoadBalancerTargetGroups',
    'autoscaling:CancelInstanceRefresh',
    'autoscaling:CompleteLifecycleAction',
    'autoscaling:CreateAutoScalingGroup',
    'autoscaling:CreateOrUpdateTags',
    'autoscaling:DeleteAutoScalingGroup',
    'autoscaling:DeleteLifecycleHook',
    'autoscaling:DeleteTags',
    'autoscaling:DeleteWarmPool',
    'autoscaling:DetachLoadBalancerTargetGroups',
    'autoscaling:PutLifecycleHook',
    'autoscaling:PutWarmPool',
    'autoscaling:RecordLifecycleActionHeartbeat',
    'autoscaling:ResumeProcesses',
    'autoscaling:SetDesiredCapacity',
    'autoscaling:StartInstanceRefresh',
    'autoscaling:SuspendProcesses',
    'autoscaling:TerminateInstanceInAutoScalingGroup',
    'autoscaling:UpdateAutoScalingGroup',
  ],
  templates: [
    'ec2:CreateLaunchTemplate',
    'ec2:CreateLaunchTemplateVersion',
    'ec2:CreateTags',
    'ec2:DeleteLaunchTemplate',
    'ec2:DeleteLaunchTemplateVersions',
    'ec2:DeleteTags',
    'ec2:ModifyLaunchTemplate',
  ],
  /** Auto Scaling checks that the caller itself could launch what the template says. */
  launch: ['ec2:RunInstances', 'ec2:CreateTags'],
  parameters: ['ssm:GetParameter'],
  /** Ignition data of pools with `ignition.storageType: ClusterObjectStore`. */
  objects: ['s3:DeleteObject', 's3:PutObject'],
} as const

/** The least that the provider needs for AWSMachinePools. PURE. */
export function iamPolicy(options: IamPolicyOptions = {}): PolicyDocument {
  const { partition = 'aws', ssm = true } = options
  const arn = (service: string, resource: string): string => `arn:${partition}:${service}:*:${resource}`
  const statements: PolicyStatement[] = [
    { Sid: 'Read', Effect: 'Allow', Action: iamActions.read, Resource: ['*'] },
    {
      Sid: 'Groups',
      Effect: 'Allow',
      Action: iamActions.groups,
      Resource: [arn('autoscaling', '*:autoScalingGroup:*:autoScalingGroupName/*')],
    },
    { Sid: 'Templates', Effect: 'Allow', Action: iamActions.templates, Resource: [arn('ec2', '*:launch-template/*')] },
    {
      Sid: 'Launch',
      Effect: 'Allow',
      Action: iamActions.launch,
      Resource: [`arn:${partition}:ec2:*:*:*`, `arn:${partition}:ec2:*::image/*`],
    },
    {
      Sid: 'PassInstanceRole',
      Effect: 'Allow',
      Action: ['iam:PassRole'],
      Resource: options.instanceRoles ?? [`arn:${partition}:iam::*:role/*`],
      Condition: { StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com'] } },
    },
    {
      Sid: 'ServiceLinkedRoles',
      Effect: 'Allow',
      Action: ['iam:CreateServiceLinkedRole'],
      Resource: [`arn:${partition}:iam::*:role/aws-service-role/*`],
      Condition: {
        StringEquals: { 'iam:AWSServiceName': ['autoscaling.amazonaws.com', 'spot.amazonaws.com'] },
      },
    },
  ]
  statements.push({
    Sid: 'IgnitionData',
    Effect: 'Allow',
    Action: iamActions.objects,
    Resource: [`arn:${partition}:s3:::*/machine-pool/*`],
  })
  if (ssm) {
    const Resource = [`arn:${partition}:ssm:*::parameter/aws/service/eks/optimized-ami/*`]
    statements.push({ Sid: 'EksImages', Effect: 'Allow', Action: iamActions.parameters, Resource })
  }
  return { Version: '2012-10-17', Statement: statements }
}

import type * as AutoScaling from '@aws-sdk/client-auto-scaling'
import type * as EC2 from '@aws-sdk/client-ec2'
import type * as S3 from '@aws-sdk/client-s3'
import type * as SSM from '@aws-sdk/client-ssm'

/** Input and output of every call that the provider makes. `iamPolicy` and the tests read the same list. */
export interface Operations {
  autoscaling: {
    AttachLoadBalancerTargetGroups: [
      AutoScaling.AttachLoadBalancerTargetGroupsCommandInput,
      AutoScaling.AttachLoadBalancerTargetGroupsCommandOutput,
    ]
    DetachLoadBalancerTargetGroups: [
      AutoScaling.DetachLoadBalancerTargetGroupsCommandInput,
      AutoScaling.DetachLoadBalancerTargetGroupsCommandOutput,
    ]
    CancelInstanceRefresh: [
      AutoScaling.CancelInstanceRefreshCommandInput,
      AutoScaling.CancelInstanceRefreshCommandOutput,
    ]
    CompleteLifecycleAction: [
      AutoScaling.CompleteLifecycleActionCommandInput,
      AutoScaling.CompleteLifecycleActionCommandOutput,
    ]
    CreateAutoScalingGroup: [
      AutoScaling.CreateAutoScalingGroupCommandInput,
      AutoScaling.CreateAutoScalingGroupCommandOutput,
    ]
    CreateOrUpdateTags: [AutoScaling.CreateOrUpdateTagsCommandInput, AutoScaling.CreateOrUpdateTagsCommandOutput]
    DeleteAutoScalingGroup: [
      AutoScaling.DeleteAutoScalingGroupCommandInput,
      AutoScaling.DeleteAutoScalingGroupCommandOutput,
    ]
    DeleteLifecycleHook: [AutoScaling.DeleteLifecycleHookCommandInput, AutoScaling.DeleteLifecycleHookCommandOutput]
    DeleteTags: [AutoScaling.DeleteTagsCommandInput, AutoScaling.DeleteTagsCommandOutput]
    DescribeAutoScalingGroups: [
      AutoScaling.DescribeAutoScalingGroupsCommandInput,
      AutoScaling.DescribeAutoScalingGroupsCommandOutput,
    ]
    DescribeInstanceRefreshes: [
      AutoScaling.DescribeInstanceRefreshesCommandInput,
      AutoScaling.DescribeInstanceRefreshesCommandOutput,
    ]
    DescribeLifecycleHooks: [
      AutoScaling.DescribeLifecycleHooksCommandInput,
      AutoScaling.DescribeLifecycleHooksCommandOutput,
    ]
    DescribeScalingActivities: [
      AutoScaling.DescribeScalingActivitiesCommandInput,
      AutoScaling.DescribeScalingActivitiesCommandOutput,
    ]
    DeleteWarmPool: [AutoScaling.DeleteWarmPoolCommandInput, AutoScaling.DeleteWarmPoolCommandOutput]
    PutLifecycleHook: [AutoScaling.PutLifecycleHookCommandInput, AutoScaling.PutLifecycleHookCommandOutput]
    PutWarmPool: [AutoScaling.PutWarmPoolCommandInput, AutoScaling.PutWarmPoolCommandOutput]
    RecordLifecycleActionHeartbeat: [
      AutoScaling.RecordLifecycleActionHeartbeatCommandInput,
      AutoScaling.RecordLifecycleActionHeartbeatCommandOutput,
    ]
    ResumeProcesses: [AutoScaling.ResumeProcessesCommandInput, AutoScaling.ResumeProcessesCommandOutput]
    SetDesiredCapacity: [AutoScaling.SetDesiredCapacityCommandInput, AutoScaling.SetDesiredCapacityCommandOutput]
    StartInstanceRefresh: [AutoScaling.StartInstanceRefreshCommandInput, AutoScaling.StartInstanceRefreshCommandOutput]
    SuspendProcesses: [AutoScaling.SuspendProcessesCommandInput, AutoScaling.SuspendProcessesCommandOutput]
    TerminateInstanceInAutoScalingGroup: [
      AutoScaling.TerminateInstanceInAutoScalingGroupCommandInput,
      AutoScaling.TerminateInstanceInAutoScalingGroupCommandOutput,
    ]
    UpdateAutoScalingGroup: [
      AutoScaling.UpdateAutoScalingGroupCommandInput,
      AutoScaling.UpdateAutoScalingGroupCommandOutput,
    ]
  }
  ec2: {
    CreateLaunchTemplate: [EC2.CreateLaunchTemplateCommandInput, EC2.CreateLaunchTemplateCommandOutput]
    CreateLaunchTemplateVersion: [
      EC2.CreateLaunchTemplateVersionCommandInput,
      EC2.CreateLaunchTemplateVersionCommandOutput,
    ]
    CreateTags: [EC2.CreateTagsCommandInput, EC2.CreateTagsCommandOutput]
    DeleteLaunchTemplate: [EC2.DeleteLaunchTemplateCommandInput, EC2.DeleteLaunchTemplateCommandOutput]
    DeleteLaunchTemplateVersions: [
      EC2.DeleteLaunchTemplateVersionsCommandInput,
      EC2.DeleteLaunchTemplateVersionsCommandOutput,
    ]
    DeleteTags: [EC2.DeleteTagsCommandInput, EC2.DeleteTagsCommandOutput]
    DescribeImages: [EC2.DescribeImagesCommandInput, EC2.DescribeImagesCommandOutput]
    DescribeInstances: [EC2.DescribeInstancesCommandInput, EC2.DescribeInstancesCommandOutput]
    DescribeInstanceTypes: [EC2.DescribeInstanceTypesCommandInput, EC2.DescribeInstanceTypesCommandOutput]
    DescribeLaunchTemplates: [EC2.DescribeLaunchTemplatesCommandInput, EC2.DescribeLaunchTemplatesCommandOutput]
    DescribeLaunchTemplateVersions: [
      EC2.DescribeLaunchTemplateVersionsCommandInput,
      EC2.DescribeLaunchTemplateVersionsCommandOutput,
    ]
    ModifyLaunchTemplate: [EC2.ModifyLaunchTemplateCommandInput, EC2.ModifyLaunchTemplateCommandOutput]
    DescribeSecurityGroups: [EC2.DescribeSecurityGroupsCommandInput, EC2.DescribeSecurityGroupsCommandOutput]
    DescribeSpotInstanceRequests: [
      EC2.DescribeSpotInstanceRequestsCommandInput,
      EC2.DescribeSpotInstanceRequestsCommandOutput,
    ]
    DescribeSubnets: [EC2.DescribeSubnetsCommandInput, EC2.DescribeSubnetsCommandOutput]
  }
  s3: {
    DeleteObject: [S3.DeleteObjectCommandInput, S3.DeleteObjectCommandOutput]
    PutObject: [S3.PutObjectCommandInput, S3.PutObjectCommandOutput]
  }
  ssm: {
    GetParameter: [SSM.GetParameterCommandInput, SSM.GetParameterCommandOutput]
  }
}

export type Service = keyof Operations
export type OperationOf<S extends Service> = keyof Operations[S] & string
type Pair<S extends Service, O extends OperationOf<S>> = Operations[S][O] extends [infer Input, infer Output]
  ? { input: Input; output: Output }
  : never
export type InputOf<S extends Service, O extends OperationOf<S>> = Pair<S, O>['input']
export type OutputOf<S extends Service, O extends OperationOf<S>> = Pair<S, O>['output']

import type { Service } from '../../service.ts'
import model from './autoscaling.model.json' with { type: 'json' }
import {
  createAutoScalingGroup,
  deleteAutoScalingGroup,
  describeAutoScalingGroups,
  setDesiredCapacity,
  updateAutoScalingGroup,
} from './groups.ts'
import {
  cancelInstanceRefresh,
  describeInstanceRefreshes,
  rollbackInstanceRefresh,
  startInstanceRefresh,
} from './instance-refreshes.ts'
import {
  attachInstances,
  describeAutoScalingInstances,
  describeScalingActivities,
  detachInstances,
  enterStandby,
  exitStandby,
  setInstanceHealth,
  setInstanceProtection,
  terminateInstanceInAutoScalingGroup,
} from './instances.ts'
import {
  completeLifecycleAction,
  deleteLifecycleHook,
  describeLifecycleHooks,
  describeLifecycleHookTypes,
  putLifecycleHook,
  recordLifecycleActionHeartbeat,
} from './lifecycle-hooks.ts'
import {
  describeAccountLimits,
  describeScalingProcessTypes,
  describeTerminationPolicyTypes,
  resumeProcesses,
  suspendProcesses,
} from './processes.ts'
import { createOrUpdateTags, deleteTags, describeTags } from './tags.ts'
import {
  attachLoadBalancerTargetGroups,
  describeLoadBalancerTargetGroups,
  detachLoadBalancerTargetGroups,
} from './target-groups.ts'
import { deleteWarmPool, describeWarmPool, putWarmPool } from './warm-pools.ts'

export const autoScalingService: Service = {
  name: 'autoscaling',
  model,
  operations: {
    AttachInstances: attachInstances,
    AttachLoadBalancerTargetGroups: attachLoadBalancerTargetGroups,
    CancelInstanceRefresh: cancelInstanceRefresh,
    CompleteLifecycleAction: completeLifecycleAction,
    CreateAutoScalingGroup: createAutoScalingGroup,
    CreateOrUpdateTags: createOrUpdateTags,
    DeleteAutoScalingGroup: deleteAutoScalingGroup,
    DeleteLifecycleHook: deleteLifecycleHook,
    DeleteTags: deleteTags,
    DeleteWarmPool: deleteWarmPool,
    DescribeAccountLimits: describeAccountLimits,
    DescribeAutoScalingGroups: describeAutoScalingGroups,
    DescribeAutoScalingInstances: describeAutoScalingInstances,
    DescribeInstanceRefreshes: describeInstanceRefreshes,
    DescribeLifecycleHookTypes: describeLifecycleHookTypes,
    DescribeLifecycleHooks: describeLifecycleHooks,
    DescribeLoadBalancerTargetGroups: describeLoadBalancerTargetGroups,
    DescribeScalingActivities: describeScalingActivities,
    DescribeScalingProcessTypes: describeScalingProcessTypes,
    DescribeTags: describeTags,
    DescribeTerminationPolicyTypes: describeTerminationPolicyTypes,
    DescribeWarmPool: describeWarmPool,
    DetachInstances: detachInstances,
    DetachLoadBalancerTargetGroups: detachLoadBalancerTargetGroups,
    EnterStandby: enterStandby,
    ExitStandby: exitStandby,
    PutLifecycleHook: putLifecycleHook,
    PutWarmPool: putWarmPool,
    RecordLifecycleActionHeartbeat: recordLifecycleActionHeartbeat,
    ResumeProcesses: resumeProcesses,
    RollbackInstanceRefresh: rollbackInstanceRefresh,
    SetDesiredCapacity: setDesiredCapacity,
    SetInstanceHealth: setInstanceHealth,
    SetInstanceProtection: setInstanceProtection,
    StartInstanceRefresh: startInstanceRefresh,
    SuspendProcesses: suspendProcesses,
    TerminateInstanceInAutoScalingGroup: terminateInstanceInAutoScalingGroup,
    UpdateAutoScalingGroup: updateAutoScalingGroup,
  },
}

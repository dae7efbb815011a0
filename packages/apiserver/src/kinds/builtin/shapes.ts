import { createSchemas, parseShapes } from '../shape.ts'
import { admissionregistrationShapes } from '../shapes/admissionregistration.ts'
import { apiextensionsShapes } from '../shapes/apiextensions.ts'
import { apiregistrationShapes } from '../shapes/apiregistration.ts'
import { appsShapes } from '../shapes/apps.ts'
import { authenticationShapes } from '../shapes/authentication.ts'
import { authorizationShapes } from '../shapes/authorization.ts'
import { autoscalingShapes } from '../shapes/autoscaling.ts'
import { batchShapes } from '../shapes/batch.ts'
import { coordinationShapes } from '../shapes/coordination.ts'
import { coreConfigurationShapes } from '../shapes/core-configuration.ts'
import { coreNodesShapes } from '../shapes/core-nodes.ts'
import { corePodsShapes } from '../shapes/core-pods.ts'
import { coreServicesShapes } from '../shapes/core-services.ts'
import { coreVolumesShapes } from '../shapes/core-volumes.ts'
import { discoveryShapes } from '../shapes/discovery.ts'
import { eventsShapes } from '../shapes/events.ts'
import { metaShapes } from '../shapes/meta.ts'
import { autoscalingV2Shapes } from '../shapes/autoscaling-v2.ts'
import { certificatesShapes } from '../shapes/certificates.ts'
import { networkingShapes } from '../shapes/networking.ts'
import { nodeShapes } from '../shapes/node.ts'
import { resourceShapes } from '../shapes/resource.ts'
import { policyShapes } from '../shapes/policy.ts'
import { rbacShapes } from '../shapes/rbac.ts'
import { schedulingShapes } from '../shapes/scheduling.ts'
import { storageShapes } from '../shapes/storage.ts'

/** Every type of every built-in kind. */
export const builtinShapes = parseShapes([
  metaShapes,
  coreConfigurationShapes,
  coreNodesShapes,
  corePodsShapes,
  coreServicesShapes,
  coreVolumesShapes,
  appsShapes,
  autoscalingShapes,
  batchShapes,
  coordinationShapes,
  discoveryShapes,
  eventsShapes,
  autoscalingV2Shapes,
  certificatesShapes,
  networkingShapes,
  nodeShapes,
  resourceShapes,
  policyShapes,
  rbacShapes,
  schedulingShapes,
  storageShapes,
  authenticationShapes,
  authorizationShapes,
  apiextensionsShapes,
  apiregistrationShapes,
  admissionregistrationShapes,
])

export const builtinSchema = createSchemas(builtinShapes)

export const metadataSchema = builtinSchema('ObjectMeta')

import { autoscalerMethods } from './autoscalers/methods.ts'
import type { MethodHandlers } from './call.ts'
import { catalogueMethods } from './catalogue/methods.ts'
import { instanceGroupMethods } from './groups/instance-groups.ts'
import { groupMethods } from './groups/methods.ts'
import { instanceMethods, type Console } from './instances/methods.ts'
import { operationMethods } from './operations/methods.ts'
import type { Project } from './state.ts'
import { templateMethods } from './templates/methods.ts'

/** Everything the simulated Compute Engine API can do. */
export function allMethods(console: (project: Project) => Console): MethodHandlers {
  return {
    ...catalogueMethods,
    ...templateMethods,
    ...groupMethods,
    ...instanceGroupMethods,
    ...instanceMethods(console),
    ...operationMethods,
    ...autoscalerMethods,
  }
}

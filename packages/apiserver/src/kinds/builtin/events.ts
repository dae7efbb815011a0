import { isObject, valueAt } from '../../json.ts'
import type { KubeObject } from '../../object.ts'

/** An event of `events.k8s.io/v1` in the form of the core group, in which both are stored. */
export function toCoreEvent(event: KubeObject): KubeObject {
  const {
    regarding,
    note,
    reportingController,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    ...rest
  } = event
  return withoutUndefined({
    ...rest,
    apiVersion: 'v1',
    kind: 'Event',
    metadata: event.metadata,
    involvedObject: regarding ?? {},
    message: note,
    reportingComponent: reportingController ?? '',
    reportingInstance: event['reportingInstance'] ?? '',
    source: deprecatedSource ?? {},
    firstTimestamp: deprecatedFirstTimestamp ?? null,
    lastTimestamp: deprecatedLastTimestamp ?? null,
    count: deprecatedCount,
  })
}

export function fromCoreEvent(event: KubeObject): KubeObject {
  const { involvedObject, message, reportingComponent, source, firstTimestamp, lastTimestamp, count, ...rest } = event
  return withoutUndefined({
    ...rest,
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: event.metadata,
    regarding: involvedObject ?? {},
    note: message,
    reportingController: reportingComponent || valueAt(source, ['component']),
    eventTime: event['eventTime'] ?? null,
    deprecatedSource: isObject(source) ? source : {},
    deprecatedFirstTimestamp: firstTimestamp ?? null,
    deprecatedLastTimestamp: lastTimestamp ?? null,
    deprecatedCount: count,
  })
}

function withoutUndefined(object: KubeObject): KubeObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as KubeObject
}

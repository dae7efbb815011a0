import type { Behaviour } from '../../definition.ts'

export const newEvent: Behaviour = { createOnUpdate: true, withoutGeneration: true }

export const event: Behaviour = {
  ...newEvent,
  unowned: [
    ['f:eventTime'],
    ['f:firstTimestamp'],
    ['f:lastTimestamp'],
    ['f:source'],
    ['f:reportingComponent'],
    ['f:reportingInstance'],
  ],
  complete(object) {
    object['eventTime'] ??= null
    object['firstTimestamp'] ??= null
    object['lastTimestamp'] ??= null
    object['source'] ??= {}
    object['reportingComponent'] ??= ''
    object['reportingInstance'] ??= ''
  },
}

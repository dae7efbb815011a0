// The simulated AWS in a process of its own, so that its memory and CPU are not counted. Its clock is driven by messages.
import { createManualClock } from '@machinepool/runtime/testing'
import { createAwsSimulator } from '@machinepool/simulator'

import type { CloudOrder } from './cloud.ts'

const clock = createManualClock()
const aws = await createAwsSimulator({
  clock,
  region: 'us-east-1',
  // The figures of upstream were taken on an emulator that does all of this at once.
  timings: { reaction: 0, launch: 0, boot: 0, shutdown: 0, healthCheck: 0 },
})

async function obey(order: CloudOrder): Promise<void> {
  switch (order.do) {
    case 'advance':
      return clock.advance(order.ms)
    case 'fail':
      aws.faults.clear()
      if (order.on) aws.faults.add({ operation: '*', error: 'InternalError' })
      return
    case 'publish':
      return aws.region().addImage({
        id: order.image,
        name: 'another',
        owner: '123456789012',
        architecture: 'x86_64',
        created: clock.now(),
        rootDevice: '/dev/sda1',
        rootSize: 8,
        tags: [],
      })
    case 'end':
      return aws.region().failInstance(order.instance)
  }
}

process.on('message', ({ id, order }: { id: number; order: CloudOrder }) => {
  void obey(order).then(
    () => process.send?.({ id }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  )
})
process.send?.({ url: aws.url })

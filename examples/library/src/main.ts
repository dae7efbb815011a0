import { setTimeout as wait } from 'node:timers/promises'

import { createAwsProvider } from '@machinepool/provider-aws'

import { consoleIo } from './console-io.ts'
import { poolOf } from './pool.ts'
import { scale } from './scale.ts'

// node src/main.ts NAME SIZE SUBNET IMAGE; region and credentials come from the usual AWS environment.
const [name = 'workers', size = '2', subnet = 'subnet-123', image = 'ami-123'] = process.argv.slice(2)
const provider = createAwsProvider({ region: process.env['AWS_REGION'] ?? 'us-east-1' })
console.log(await scale(provider, poolOf(name, subnet, image), Number(size), consoleIo(), (ms) => wait(ms)))
await provider.close()

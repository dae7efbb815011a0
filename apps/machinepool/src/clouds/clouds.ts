import { aws } from './aws.ts'
import type { Cloud } from './cloud.ts'
import { gcp } from './gcp.ts'

/** The clouds that this program offers. A new one is a file beside this one and its name here. */
export const clouds: readonly Cloud[] = [aws, gcp]

export const cloudNames: readonly string[] = clouds.map(({ name }) => name)

/** @throws RangeError for a name that is not in `cloudNames` */
export function cloudNamed(name: string): Cloud {
  const found = clouds.find((cloud) => cloud.name === name)
  if (!found) throw new RangeError(`there is no cloud ${JSON.stringify(name)}; there is: ${cloudNames.join(', ')}`)
  return found
}

import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'

import type { LaunchTemplate as SdkLaunchTemplate, LaunchTemplateVersion } from '@aws-sdk/client-ec2'

import type { LaunchTemplate, TemplateVersion } from '../machine-pool/group-view.ts'
import { tagMap } from '../machine-pool/tags.ts'
import { parseMarks } from '../machine-pool/template-marks.ts'
import type { AwsSession } from './session.ts'

/**
 * Launch templates by name. A filter, not a list of names: DescribeLaunchTemplates refuses the whole call when one of
 * the names does not exist.
 */
export async function readLaunchTemplates(
  session: AwsSession,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly (LaunchTemplate | undefined)[]> {
  const found = new Map<string, LaunchTemplate>()
  let NextToken: string | undefined
  do {
    const page = await session.call(
      'ec2',
      'DescribeLaunchTemplates',
      {
        Filters: [{ Name: 'launch-template-name', Values: [...names] }],
        ...(NextToken === undefined ? {} : { NextToken }),
      },
      signal,
    )
    for (const template of page.LaunchTemplates ?? []) {
      const view = templateOf(template)
      found.set(view.name, view)
    }
    NextToken = page.NextToken
  } while (NextToken !== undefined && NextToken !== '')
  return names.map((name) => found.get(name))
}

export function templateOf(template: SdkLaunchTemplate): LaunchTemplate {
  return {
    id: template.LaunchTemplateId ?? '',
    name: template.LaunchTemplateName ?? '',
    tags: tagMap(template.Tags),
    latestVersion: template.LatestVersionNumber ?? 1,
    defaultVersion: template.DefaultVersionNumber ?? 1,
  }
}

/** All versions that exist, oldest first. */
export async function readTemplateVersions(
  session: AwsSession,
  id: string,
  signal: AbortSignal,
): Promise<readonly TemplateVersion[]> {
  const versions: TemplateVersion[] = []
  let NextToken: string | undefined
  do {
    const page = await session.call(
      'ec2',
      'DescribeLaunchTemplateVersions',
      { LaunchTemplateId: id, ...(NextToken === undefined ? {} : { NextToken }) },
      signal,
    )
    for (const version of page.LaunchTemplateVersions ?? []) versions.push(versionOf(version))
    NextToken = page.NextToken
  } while (NextToken !== undefined && NextToken !== '')
  return versions.toSorted((a, b) => a.version - b.version)
}

/** A version without its user data, of which only the hash is kept (R20). */
export function versionOf(version: LaunchTemplateVersion): TemplateVersion {
  const { UserData, ...data } = version.LaunchTemplateData ?? {}
  const marks = parseMarks(version.VersionDescription)
  return {
    version: version.VersionNumber ?? 0,
    data,
    ...(marks === undefined ? {} : { marks }),
    ...(UserData === undefined || UserData === '' ? {} : { bootstrapHash: userDataHash(UserData) }),
    ...(version.CreateTime === undefined ? {} : { createdAt: version.CreateTime.getTime() }),
  }
}

const gzipMagic = Buffer.from([0x1f, 0x8b])

function userDataHash(base64: string): string {
  const raw = Buffer.from(base64, 'base64')
  return createHash('sha256').update(unzipped(raw)).digest('hex')
}

function unzipped(raw: Buffer): Buffer {
  if (!raw.subarray(0, 2).equals(gzipMagic)) return raw
  try {
    return gunzipSync(raw)
  } catch {
    // Somebody's own data that only begins like gzip.
    return raw
  }
}

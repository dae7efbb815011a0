import type { TSchema } from 'typebox'

import * as s from '../../toolkit/schema.ts'
import {
  localAPIEndpointV1Beta1,
  localAPIEndpointV1Beta2,
  nodeRegistrationV1Beta1,
  nodeRegistrationV1Beta2,
  phases,
  timeouts,
  typeMeta,
} from './node-registration.ts'
import { argumentList, v1beta1Style, v1beta2Style, word, type Style } from './style.ts'

// The part of KubeadmConfig that only control plane nodes use. Workers never read it; it is accepted and kept.

const key = (description: string) =>
  s.object(
    description,
    {
      key: s.text('Key.'),
      name: s.optional(s.text('Name of the object.', { default: '' })),
      optional: s.optional(s.boolean('Whether it may be missing.')),
    },
    { atomic: true },
  )

const environment = (style: Style) => {
  return style.list(
    'Environment variables of the component.',
    s.object('One variable.', {
      name: s.text('Name.'),
      value: s.optional(s.text('Value.')),
      valueFrom: s.optional(
        s.object('Where the value comes from.', {
          configMapKeyRef: s.optional(key('Key of a ConfigMap.')),
          secretKeyRef: s.optional(key('Key of a Secret.')),
          fieldRef: s.optional(
            s.object(
              'Field of the pod.',
              {
                apiVersion: s.optional(s.text('Version of the pod that the path is for.')),
                fieldPath: s.text('Path of the field.'),
              },
              { atomic: true },
            ),
          ),
          fileKeyRef: s.optional(
            s.object(
              'Key in an environment file.',
              {
                key: s.text('Key.'),
                optional: s.optional(s.boolean('Whether it may be missing.', { default: false })),
                path: s.text('Path of the file in the volume.'),
                volumeName: s.text('Volume with the file.'),
              },
              { atomic: true },
            ),
          ),
          resourceFieldRef: s.optional(
            s.object(
              'Resource of the container.',
              {
                containerName: s.optional(s.text('Container.')),
                divisor: s.optional(s.quantity('Unit to divide by.')),
                resource: s.text('Resource, e.g. limits.cpu.'),
              },
              { atomic: true },
            ),
          ),
        }),
      ),
    }),
    100,
  )
}

const volumes = (style: Style) =>
  style.list(
    'Directories and files of the machine to mount into the component.',
    s.object('One mount.', {
      name: word('Name of the volume.', 512),
      hostPath: word('Path on the machine.', 512),
      mountPath: word('Path in the component.', 512),
      readOnly: s.optional(s.boolean('Mount without write access.')),
      pathType: s.optional(s.text('What must be at hostPath.')),
    }),
    100,
  )

const component = <A extends TSchema>(style: Style, extraArgs: A) => ({
  extraArgs: s.optional(extraArgs),
  extraVolumes: s.optional(volumes(style)),
  extraEnvs: s.optional(environment(style)),
})

const certSANs = (style: Style, description: string) =>
  s.optional(style.list(description, word('One name or address.', 253), 100))

const etcd = <A extends TSchema>(style: Style, extraArgs: A) =>
  s.object(
    'Settings of etcd.',
    {
      local: s.optional(
        s.object(
          'etcd on the control plane nodes.',
          {
            imageRepository: s.optional(word('Registry of the image.', 512)),
            imageTag: s.optional(word('Tag of the image.', 256)),
            dataDir: s.optional(word('Directory of the data.', 512)),
            extraArgs: s.optional(extraArgs),
            extraEnvs: s.optional(environment(style)),
            serverCertSANs: certSANs(style, 'Further names in the server certificate.'),
            peerCertSANs: certSANs(style, 'Further names in the peer certificate.'),
          },
          style.nonEmpty,
        ),
      ),
      external: s.optional(
        s.object('etcd elsewhere.', {
          endpoints: style.list('Its members.', word('URL of one member.', 512), 50),
          caFile: word('CA certificate to trust.', 512),
          certFile: word('Client certificate.', 512),
          keyFile: word('Client key.', 512),
        }),
      ),
    },
    style.nonEmpty,
  )

const clusterCommon = (style: Style) => ({
  controlPlaneEndpoint: s.optional(word('host:port that stands for all API servers.', 512)),
  dns: s.optional(
    s.object(
      'Settings of the cluster DNS.',
      {
        imageRepository: s.optional(word('Registry of the image.', 512)),
        imageTag: s.optional(word('Tag of the image.', 256)),
      },
      style.nonEmpty,
    ),
  ),
  certificatesDir: s.optional(word('Directory of the certificates.', 512)),
  imageRepository: s.optional(word('Registry of the images.', 512)),
  featureGates: s.optional(s.mapOf('Feature gates of kubeadm.', s.boolean(''))),
  certificateValidityPeriodDays: s.optional(
    s.int32('Days that certificates are valid.', { minimum: 1, maximum: 1095 }),
  ),
  caCertificateValidityPeriodDays: s.optional(
    s.int32('Days that CA certificates are valid.', { minimum: 1, maximum: 36500 }),
  ),
  encryptionAlgorithm: s.optional(
    s.oneOf('Algorithm of the keys.', ['ECDSA-P256', 'ECDSA-P384', 'RSA-2048', 'RSA-3072', 'RSA-4096']),
  ),
})

export const clusterConfigurationV1Beta1 = () => {
  const args = s.textMap('Arguments of the component.')
  const style = v1beta1Style
  return s.object('Settings of the control plane.', {
    ...typeMeta(),
    ...clusterCommon(style),
    clusterName: s.optional(s.text('Name of the cluster.', { minLength: 1, maxLength: 63 })),
    kubernetesVersion: s.optional(word('Kubernetes version.', 256)),
    networking: s.optional(
      s.object('Network of the cluster.', {
        serviceSubnet: s.optional(word('Addresses of Services.', 1024)),
        podSubnet: s.optional(word('Addresses of pods.', 1024)),
        dnsDomain: s.optional(word('Domain of Services.', 253)),
      }),
    ),
    apiServer: s.optional(
      s.object('Settings of the API server.', {
        ...component(style, args),
        certSANs: certSANs(style, 'Further names in its certificate.'),
        timeoutForControlPlane: s.optional(s.duration('Time for the API server to appear.')),
      }),
    ),
    controllerManager: s.optional(s.object('Settings of the controller manager.', component(style, args))),
    scheduler: s.optional(s.object('Settings of the scheduler.', component(style, args))),
    etcd: s.optional(etcd(style, args)),
  })
}

export const clusterConfigurationV1Beta2 = () => {
  const args = argumentList('Arguments of the component.', 'extraArgs')
  const style = v1beta2Style
  return s.object(
    'Settings of the control plane.',
    {
      ...clusterCommon(style),
      apiServer: s.optional(
        s.object(
          'Settings of the API server.',
          { ...component(style, args), certSANs: certSANs(style, 'Further names in its certificate.') },
          style.nonEmpty,
        ),
      ),
      controllerManager: s.optional(
        s.object('Settings of the controller manager.', component(style, args), style.nonEmpty),
      ),
      scheduler: s.optional(s.object('Settings of the scheduler.', component(style, args), style.nonEmpty)),
      etcd: s.optional(etcd(style, args)),
    },
    style.nonEmpty,
  )
}

const tokenCommon = (style: Style) => ({
  description: s.optional(word('What the token is for.', 512)),
  expires: s.optional(s.time('When the token expires.')),
  usages: s.optional(style.list('What the token may be used for.', word('One use.', 256), 100)),
  groups: s.optional(style.list('Groups that the token authenticates as.', word('One group.', 256), 100)),
})

export const initConfigurationV1Beta1 = () =>
  s.object('Settings of kubeadm init.', {
    ...typeMeta(),
    bootstrapTokens: s.optional(
      v1beta1Style.list(
        'Bootstrap tokens to make.',
        s.object('One token.', {
          token: s.text('The token.'),
          ttl: s.optional(s.duration('How long the token lives.')),
          ...tokenCommon(v1beta1Style),
        }),
        100,
      ),
    ),
    nodeRegistration: s.optional(nodeRegistrationV1Beta1()),
    localAPIEndpoint: s.optional(localAPIEndpointV1Beta1()),
    ...phases(v1beta1Style),
  })

export const initConfigurationV1Beta2 = () =>
  s.object(
    'Settings of kubeadm init.',
    {
      bootstrapTokens: s.optional(
        v1beta2Style.list(
          'Bootstrap tokens to make.',
          s.object('One token.', {
            token: word('The token.', 23),
            ttlSeconds: s.optional(s.int32('Seconds that the token lives.', { minimum: 0 })),
            ...tokenCommon(v1beta2Style),
          }),
          100,
        ),
      ),
      nodeRegistration: s.optional(nodeRegistrationV1Beta2()),
      localAPIEndpoint: s.optional(localAPIEndpointV1Beta2()),
      ...phases(v1beta2Style),
      timeouts: s.optional(timeouts()),
    },
    v1beta2Style.nonEmpty,
  )

package main

import (
	"errors"
	"fmt"

	"github.com/blang/semver/v4"
	ignitionconfig "github.com/flatcar/ignition/config/v2_3"
	bootstrapv1 "sigs.k8s.io/cluster-api/api/bootstrap/kubeadm/v1beta2"
	"sigs.k8s.io/cluster-api/bootstrap/kubeadm/pkg/cloudinit"
	"sigs.k8s.io/cluster-api/bootstrap/kubeadm/pkg/ignition"
	kubeadmtypes "sigs.k8s.io/cluster-api/bootstrap/kubeadm/pkg/types"
)

// renderInput is a worker's configuration with everything in it that upstream's controller fills in.
type renderInput struct {
	Version string                        `json:"version"`
	Spec    bootstrapv1.KubeadmConfigSpec `json:"spec"`
}

type rendered struct {
	JoinConfiguration string `json:"joinConfiguration"`
	Data              string `json:"data"`
}

// render does what upstream's controller does for a worker, after it has read what the configuration refers to.
func render(input *renderInput) (*rendered, error) {
	version, err := semver.ParseTolerant(input.Version)
	if err != nil {
		return nil, err
	}
	spec := &input.Spec
	join, err := kubeadmtypes.MarshalJoinConfigurationForVersion(&spec.JoinConfiguration, version)
	if err != nil {
		return nil, err
	}
	node := &cloudinit.NodeInput{
		BaseUserData: cloudinit.BaseUserData{
			AdditionalFiles:     spec.Files,
			BootCommands:        spec.BootCommands,
			PreKubeadmCommands:  spec.PreKubeadmCommands,
			PostKubeadmCommands: spec.PostKubeadmCommands,
			Users:               spec.Users,
			Mounts:              spec.Mounts,
			KubernetesVersion:   version,
		},
		JoinConfiguration: join,
	}
	if spec.NTP.IsDefined() {
		node.NTP = &spec.NTP
	}
	if spec.DiskSetup.IsDefined() {
		node.DiskSetup = &spec.DiskSetup
	}
	if spec.Verbosity != nil {
		node.KubeadmVerbosity = fmt.Sprintf("--v %d", *spec.Verbosity)
	}
	var data []byte
	switch spec.Format {
	case bootstrapv1.Ignition:
		data, _, err = ignition.NewNode(&ignition.NodeInput{NodeInput: node, Ignition: &spec.Ignition})
	case "", bootstrapv1.CloudConfig:
		data, err = cloudinit.NewNode(node)
	default:
		err = errors.New("unknown format")
	}
	if err != nil {
		return nil, err
	}
	return &rendered{JoinConfiguration: join, Data: string(data)}, nil
}

// ignitionReport tells what is wrong with an Ignition configuration.
func ignitionReport(config string) (string, error) {
	_, report, err := ignitionconfig.Parse([]byte(config))
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, report.String())
	}
	return report.String(), nil
}

package main

import (
	"context"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// Shorter than the usual 15, 10 and 2 seconds, in the same relation.
const (
	leaseDuration = 3 * time.Second
	renewDeadline = 2 * time.Second
	retryPeriod   = 400 * time.Millisecond
)

func elect(ctx context.Context, config *rest.Config, namespace, identity string, release bool, callbacks leaderelection.LeaderCallbacks) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: namespace, Name: "election"},
			Client:     client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: identity},
		},
		LeaseDuration:   leaseDuration,
		RenewDeadline:   renewDeadline,
		RetryPeriod:     retryPeriod,
		ReleaseOnCancel: release,
		Callbacks:       callbacks,
	})
	if err != nil {
		return err
	}
	elector.Run(ctx)
	return nil
}

// runElect is one candidate. It tells when it begins and when it ends to lead, until it is told to stop.
func runElect(ctx context.Context, config *rest.Config, args []string) (any, error) {
	namespace, identity := args[0], args[1]
	// No release: v0.37.0 gives back a Lease that another has taken while this process was paused, since it reads the Lease
	// anew but asks its own memory who holds it.
	err := elect(ctx, config, namespace, identity, false, leaderelection.LeaderCallbacks{
		OnStartedLeading: func(context.Context) { _ = report("leading", identity) },
		OnStoppedLeading: func() { _ = report("stopped", identity) },
		OnNewLeader:      func(leader string) { _ = report("leader", leader) },
	})
	return identity, err
}

type handoverFacts struct {
	// Order says who began and ended to lead, one after the other.
	Order       []string `json:"order"`
	Transitions int32    `json:"transitions"`
	Holder      string   `json:"holder"`
}

// runHandover has two candidates; the first one that leads stops, and the other takes over.
func runHandover(ctx context.Context, config *rest.Config, args []string) (any, error) {
	namespace := args[0]
	var mutex sync.Mutex
	var facts handoverFacts
	note := func(what string) {
		mutex.Lock()
		defer mutex.Unlock()
		facts.Order = append(facts.Order, what)
	}
	var group sync.WaitGroup
	failures := make(chan error, 2)
	for _, identity := range []string{"one", "two"} {
		candidate, stop := context.WithCancel(ctx)
		defer stop()
		group.Go(func() {
			failures <- elect(candidate, config, namespace, identity, true, leaderelection.LeaderCallbacks{
				OnStartedLeading: func(leading context.Context) { note("begins"); stop() },
				OnStoppedLeading: func() { note("ends") },
			})
		})
	}
	group.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			return nil, err
		}
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	lease, err := client.CoordinationV1().Leases(namespace).Get(ctx, "election", metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	if lease.Spec.LeaseTransitions != nil {
		facts.Transitions = *lease.Spec.LeaseTransitions
	}
	if lease.Spec.HolderIdentity != nil {
		facts.Holder = *lease.Spec.HolderIdentity
	}
	return &facts, nil
}

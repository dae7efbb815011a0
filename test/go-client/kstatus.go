package main

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// runKstatus says what kstatus makes of one object: GROUP VERSION RESOURCE NAMESPACE NAME.
func runKstatus(ctx context.Context, config *rest.Config, args []string) (any, error) {
	if len(args) != 5 {
		return nil, fmt.Errorf("want GROUP VERSION RESOURCE NAMESPACE NAME, not %d arguments", len(args))
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	resource := schema.GroupVersionResource{Group: args[0], Version: args[1], Resource: args[2]}
	object, err := client.Resource(resource).Namespace(args[3]).Get(ctx, args[4], metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	result, err := status.Compute(object)
	if err != nil {
		return nil, err
	}
	return map[string]string{"status": result.Status.String(), "message": result.Message}, nil
}

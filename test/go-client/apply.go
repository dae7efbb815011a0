package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	corev1apply "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

type applyFacts struct {
	Conflict       string            `json:"conflict"`
	ConflictFields []string          `json:"conflictFields"`
	Forced         map[string]string `json:"forced"`
	GivenUp        map[string]string `json:"givenUp"`
	Extracted      map[string]string `json:"extracted"`
	PodImage       string            `json:"podImage"`
	PodContainers  []string          `json:"podContainers"`
	PodPhase       string            `json:"podPhase"`
	PodManagers    []string          `json:"podManagers"`
	Parts          []string          `json:"parts"`
}

// runApply lets two field managers apply the same objects, typed and custom.
func runApply(ctx context.Context, config *rest.Config, _ []string) (any, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	const namespace = "apply"
	if err := createNamespace(ctx, client, namespace); err != nil {
		return nil, err
	}
	var facts applyFacts
	if err := applyConfigMaps(ctx, client, namespace, &facts); err != nil {
		return nil, fmt.Errorf("config maps: %w", err)
	}
	if err := applyPods(ctx, client, namespace, &facts); err != nil {
		return nil, fmt.Errorf("pods: %w", err)
	}
	dynamicClient, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	if err := applyWidgets(ctx, dynamicClient, namespace, &facts); err != nil {
		return nil, fmt.Errorf("widgets: %w", err)
	}
	return &facts, nil
}

func applyConfigMaps(ctx context.Context, client kubernetes.Interface, namespace string, facts *applyFacts) error {
	maps := client.CoreV1().ConfigMaps(namespace)
	apply := func(manager string, force bool, data map[string]string) (*corev1.ConfigMap, error) {
		wanted := corev1apply.ConfigMap("shared", namespace).WithData(data)
		return maps.Apply(ctx, wanted, metav1.ApplyOptions{FieldManager: manager, Force: force})
	}
	if _, err := apply("one", false, map[string]string{"a": "1", "b": "1"}); err != nil {
		return err
	}
	_, err := apply("two", false, map[string]string{"a": "2", "c": "2"})
	if !apierrors.IsConflict(err) {
		return fmt.Errorf("expected a conflict, not %v", err)
	}
	facts.Conflict = err.Error()
	if status, ok := err.(apierrors.APIStatus); ok {
		for _, cause := range status.Status().Details.Causes {
			facts.ConflictFields = append(facts.ConflictFields, cause.Field)
		}
	}
	forced, err := apply("two", true, map[string]string{"a": "2", "c": "2"})
	if err != nil {
		return err
	}
	facts.Forced = forced.Data
	extracted, err := corev1apply.ExtractConfigMap(forced, "two")
	if err != nil {
		return err
	}
	facts.Extracted = extracted.Data
	// What a manager applies no more, and nobody else owns, goes away.
	if _, err := apply("one", false, map[string]string{}); err != nil {
		return err
	}
	left, err := apply("two", false, map[string]string{"a": "2"})
	if err != nil {
		return err
	}
	facts.GivenUp = left.Data
	return nil
}

func applyPods(ctx context.Context, client kubernetes.Interface, namespace string, facts *applyFacts) error {
	pods := client.CoreV1().Pods(namespace)
	image := corev1apply.Pod("web", namespace).WithSpec(corev1apply.PodSpec().WithContainers(
		corev1apply.Container().WithName("main").WithImage("web:1"),
		corev1apply.Container().WithName("side").WithImage("side:1"),
	))
	if _, err := pods.Apply(ctx, image, metav1.ApplyOptions{FieldManager: "images"}); err != nil {
		return err
	}
	status := corev1apply.Pod("web", namespace).WithStatus(corev1apply.PodStatus().WithPhase(corev1.PodRunning))
	if _, err := pods.ApplyStatus(ctx, status, metav1.ApplyOptions{FieldManager: "kubelet"}); err != nil {
		return err
	}
	newImage := corev1apply.Pod("web", namespace).WithSpec(corev1apply.PodSpec().WithContainers(
		corev1apply.Container().WithName("main").WithImage("web:2"),
		corev1apply.Container().WithName("side").WithImage("side:1"),
	))
	pod, err := pods.Apply(ctx, newImage, metav1.ApplyOptions{FieldManager: "images"})
	if err != nil {
		return err
	}
	facts.PodImage = pod.Spec.Containers[0].Image
	facts.PodPhase = string(pod.Status.Phase)
	for _, container := range pod.Spec.Containers {
		facts.PodContainers = append(facts.PodContainers, container.Name)
	}
	for _, entry := range pod.ManagedFields {
		facts.PodManagers = append(facts.PodManagers, fmt.Sprintf("%s %s %s", entry.Manager, entry.Operation, entry.Subresource))
	}
	return nil
}

var widgetResource = schema.GroupVersionResource{Group: "example.com", Version: "v1", Resource: "widgets"}

func applyWidgets(ctx context.Context, client dynamic.Interface, namespace string, facts *applyFacts) error {
	widgets := client.Resource(widgetResource).Namespace(namespace)
	for manager, part := range map[string]string{"north": "left", "south": "right"} {
		wanted := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "example.com/v1",
			"kind":       "Widget",
			"metadata":   map[string]any{"name": "shared"},
			"spec":       map[string]any{"size": int64(1), "parts": []any{map[string]any{"name": part, "count": int64(2)}}},
		}}
		if _, err := widgets.Apply(ctx, "shared", wanted, metav1.ApplyOptions{FieldManager: manager}); err != nil {
			return err
		}
	}
	widget, err := widgets.Get(ctx, "shared", metav1.GetOptions{})
	if err != nil {
		return err
	}
	parts, _, err := unstructured.NestedSlice(widget.Object, "spec", "parts")
	if err != nil {
		return err
	}
	for _, part := range parts {
		facts.Parts = append(facts.Parts, part.(map[string]any)["name"].(string))
	}
	return nil
}

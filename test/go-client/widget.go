package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Widget is the custom resource of the scenarios.
type Widget struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              WidgetSpec   `json:"spec"`
	Status            WidgetStatus `json:"status,omitempty"`
}

// WidgetSpec has a number that the controller reports back.
type WidgetSpec struct {
	Size int64 `json:"size"`
}

// WidgetStatus is written through the status subresource.
type WidgetStatus struct {
	ObservedSize int64              `json:"observedSize,omitempty"`
	Conditions   []metav1.Condition `json:"conditions,omitempty"`
}

// WidgetList is a list of widgets.
type WidgetList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Widget `json:"items"`
}

// DeepCopyObject is what runtime.Object asks for.
func (w *Widget) DeepCopyObject() runtime.Object {
	result := *w
	w.ObjectMeta.DeepCopyInto(&result.ObjectMeta)
	result.Status.Conditions = nil
	for _, condition := range w.Status.Conditions {
		result.Status.Conditions = append(result.Status.Conditions, *condition.DeepCopy())
	}
	return &result
}

// DeepCopyObject is what runtime.Object asks for.
func (l *WidgetList) DeepCopyObject() runtime.Object {
	result := *l
	l.ListMeta.DeepCopyInto(&result.ListMeta)
	result.Items = nil
	for i := range l.Items {
		result.Items = append(result.Items, *l.Items[i].DeepCopyObject().(*Widget))
	}
	return &result
}

func widgetScheme(scheme *runtime.Scheme) {
	version := schema.GroupVersion{Group: "example.com", Version: "v1"}
	scheme.AddKnownTypes(version, &Widget{}, &WidgetList{})
	metav1.AddToGroupVersion(scheme, version)
}

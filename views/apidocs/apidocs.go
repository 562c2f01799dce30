// Package apidocs is the reference of the REST API for people, drawn from the OpenAPI document on
// the server: it needs no script and no other site.
package apidocs

import "strings"

// Reference is the whole document. All texts are plain.
type Reference struct {
	Text   []string // paragraphs
	Groups []Group
	Shapes []Shape
}

// Group is the operations about one subject.
type Group struct {
	Name, Text string
	Operations []Operation
}

// Operation is one method of one path.
type Operation struct {
	ID, Method, Path string
	Summary, Text    string
	Parameters       []Parameter
	Body             *Body // nil: none
	Answers          []Answer
	Example          string // a curl command
}

// Parameter is a value in the path, the query or a header.
type Parameter struct {
	Name, In string
	Kind     Kind
	Text     string
	Required bool
}

// Body is what is sent.
type Body struct {
	Types []string // media types
	Kind  Kind
}

// Answer is one status that may come.
type Answer struct {
	Code, Text string
	Kind       Kind // zero: no body
}

// Shape is an object that is sent or answered.
type Shape struct {
	Name, Text string
	Properties []Property
}

// Property is one property of a Shape.
type Property struct {
	Name     string
	Kind     Kind
	Text     string
	Required bool
}

// Kind says what a value is, in words ("list of string, or null"), with the Shape that they name.
type Kind struct {
	Words string
	Shape string // "": none
}

// anchor is where a group or shape is on the page.
func anchor(kind, name string) string {
	return kind + "-" + strings.ToLower(strings.ReplaceAll(name, " ", "-"))
}

// tone colours a method: what only reads is calm, what deletes is not.
func tone(method string) string {
	switch method {
	case "GET":
		return "info"
	case "DELETE":
		return "error"
	case "POST":
		return "ok"
	}
	return "warn"
}

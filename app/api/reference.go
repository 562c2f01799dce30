package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/botswain/botswain/views/apidocs"
)

// Reference is the OpenAPI document for people, for the page /api/docs.
func (a *API) Reference() apidocs.Reference {
	doc := a.huma.OpenAPI()
	// The description's Markdown is paragraphs and code marks only.
	ref := apidocs.Reference{Text: strings.Split(strings.ReplaceAll(doc.Info.Description, "`", ""), "\n\n")}
	schemas := doc.Components.Schemas
	for _, tag := range doc.Tags {
		g := apidocs.Group{Name: tag.Name, Text: tag.Description}
		for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
			item := doc.Paths[path]
			for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
				if op != nil && slices.Contains(op.Tags, tag.Name) {
					g.Operations = append(g.Operations, explain(schemas, op))
				}
			}
		}
		ref.Groups = append(ref.Groups, g)
	}
	for _, name := range slices.Sorted(maps.Keys(schemas.Map())) {
		s := schemas.Map()[name]
		shape := apidocs.Shape{Name: name, Text: s.Description}
		for _, p := range slices.Sorted(maps.Keys(s.Properties)) {
			prop := s.Properties[p]
			shape.Properties = append(shape.Properties, apidocs.Property{
				Name: p, Kind: kindOf(prop), Text: meaning(prop), Required: slices.Contains(s.Required, p),
			})
		}
		ref.Shapes = append(ref.Shapes, shape)
	}
	return ref
}

func explain(schemas huma.Registry, op *huma.Operation) apidocs.Operation {
	out := apidocs.Operation{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Text: op.Description}
	for _, p := range op.Parameters {
		out.Parameters = append(out.Parameters, apidocs.Parameter{
			Name: p.Name, In: p.In, Kind: kindOf(p.Schema), Text: meaning(p.Schema), Required: p.Required,
		})
	}
	if op.RequestBody != nil {
		types := slices.Sorted(maps.Keys(op.RequestBody.Content))
		out.Body = &apidocs.Body{Types: types, Kind: kindOf(op.RequestBody.Content[types[0]].Schema)}
	}
	for _, code := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[code]
		answer := apidocs.Answer{Code: code, Text: r.Description}
		for _, m := range r.Content {
			answer.Kind = kindOf(m.Schema)
		}
		out.Answers = append(out.Answers, answer)
	}
	out.Example = curl(schemas, op)
	return out
}

// kindOf says in words what a value is.
func kindOf(s *huma.Schema) apidocs.Kind {
	switch {
	case s == nil:
		return apidocs.Kind{}
	case s.Ref != "":
		return apidocs.Kind{Shape: s.Ref[strings.LastIndex(s.Ref, "/")+1:]}
	case len(s.AnyOf) > 0:
		return apidocs.Kind{Words: "null, or", Shape: kindOf(s.AnyOf[0]).Shape}
	case len(s.OneOf) > 0:
		return apidocs.Kind{Words: "one of several events with data", Shape: kindOf(s.OneOf[len(s.OneOf)-1].Properties["data"]).Shape}
	}
	k := apidocs.Kind{Words: s.Type}
	if more, ok := s.AdditionalProperties.(*huma.Schema); ok {
		of := kindOf(more)
		k = apidocs.Kind{Words: strings.TrimSpace("names to " + of.Words), Shape: of.Shape}
	}
	if s.Type == huma.TypeArray {
		of := kindOf(s.Items)
		k = apidocs.Kind{Words: strings.TrimSpace("list of " + of.Words), Shape: of.Shape}
	}
	if s.Format != "" && s.Type == huma.TypeString {
		k.Words += " (" + s.Format + ")"
	}
	if s.Nullable {
		k.Words += ", or null"
	}
	if k.Words == "" {
		k.Words = "anything"
	}
	return k
}

// meaning is the description with what the schema adds to it.
func meaning(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	parts := []string{}
	if s.Description != "" {
		parts = append(parts, s.Description)
	}
	words := []string{}
	for _, v := range s.Enum {
		if text, ok := v.(string); ok && text != "" {
			words = append(words, text)
		}
	}
	if len(words) > 0 {
		parts = append(parts, "One of: "+strings.Join(words, ", ")+".")
	}
	if s.Default != nil {
		parts = append(parts, fmt.Sprintf("Default: %v.", s.Default))
	}
	return strings.Join(parts, " ")
}

// curl is a command that calls the operation.
func curl(schemas huma.Registry, op *huma.Operation) string {
	b := strings.Builder{}
	b.WriteString("curl")
	if _, stream := op.Responses["200"]; stream && op.Responses["200"].Content["text/event-stream"] != nil {
		b.WriteString(" -N")
	}
	if op.Method != http.MethodGet {
		b.WriteString(" -X " + op.Method)
	}
	b.WriteString(` -H "Authorization: Bearer $TOKEN"`)
	if op.RequestBody != nil {
		body, err := json.Marshal(sample(schemas, op))
		if err == nil {
			b.WriteString(` -H "Content-Type: application/json" -d '` + string(body) + `'`)
		}
	}
	path := op.Path
	for _, p := range op.Parameters {
		if p.In == "path" && p.Schema != nil && len(p.Schema.Examples) > 0 {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", fmt.Sprint(p.Schema.Examples[0]))
		}
	}
	b.WriteString(" http://127.0.0.1:8080" + path)
	return b.String()
}

// sample is a body made of the examples of the needed properties; of all for a body without any.
func sample(schemas huma.Registry, op *huma.Operation) map[string]any {
	s := op.RequestBody.Content["application/json"].Schema
	for s.Ref != "" {
		s = schemas.SchemaFromRef(s.Ref)
	}
	names := s.Required
	if len(names) == 0 {
		names = []string{"tags"}
	}
	body := map[string]any{}
	for _, n := range names {
		if p := s.Properties[n]; p != nil && len(p.Examples) > 0 {
			body[n] = p.Examples[0]
		}
	}
	return body
}

package web

import (
	"net/http"
	"reflect"
	"slices"
	"testing"

	"golang.org/x/net/html"

	"github.com/botswain/botswain/app/bot"
	"github.com/botswain/botswain/views/botform"
)

// page is the settings page of the bench's bot.
func (b *bench) page() *html.Node {
	b.t.Helper()
	w, doc := b.send(b.forms.settingsPage, b.one, nil)
	if w.Code != http.StatusOK {
		b.t.Fatal(w.Code)
	}
	return doc
}

// TestEachFieldHasAPlace: the banner's links lead to one element each, with a label of its own.
func TestEachFieldHasAPlace(t *testing.T) {
	b := newBench(t)
	doc := b.page()
	seen, labels := map[string]bool{}, map[string]bool{}
	for n := range doc.Descendants() {
		id := attrOf(n, "id")
		if id != "" && seen[id] {
			t.Errorf("#%s is there twice", id)
		}
		seen[id] = true
	}
	for _, field := range formFields() {
		b.byID(doc, botform.FieldID(field.name))
		if label := fieldLabel(t.Context(), field.name); labels[label] {
			t.Errorf("two fields are called %q", label)
		} else {
			labels[label] = true
		}
	}
}

// TestEachValueIsCompared: whatever of the form differs, a conflict names it, and under one name only.
func TestEachValueIsCompared(t *testing.T) {
	apart := []string{"Secrets", "Version"} // what is stored of secrets is never shown; the version isn't typed
	form := reflect.TypeFor[botform.Values]()
	named := map[string]string{}
	for i := range form.NumField() {
		name := form.Field(i).Name
		var other botform.Values
		switch f := reflect.ValueOf(&other).Elem().Field(i); f.Kind() {
		case reflect.String:
			f.SetString("other")
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int:
			f.SetInt(1)
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		default:
			t.Fatalf("%s is a %s: how does that differ?", name, f.Kind())
		}
		got := formDifferences(t.Context(), botform.Values{}, other)
		switch {
		case slices.Contains(apart, name):
		case len(got) != 1:
			t.Errorf("another %s is called %q", name, got)
		case named[got[0]] != "":
			t.Errorf("%s and %s are both called %q", name, named[got[0]], got[0])
		default:
			named[got[0]] = name
		}
	}
	if len(named) != len(formFields()) {
		t.Errorf("%d values for %d fields", len(named), len(formFields()))
	}
}

func TestStartAfterOffersTheOthers(t *testing.T) {
	b := newBench(t)
	spec := filledSpec()
	spec.Name = "Other"
	other, err := b.shelf.Create(t.Context(), "", spec)
	if err != nil {
		t.Fatal(err)
	}
	offered := func() (list []string, checked bool) {
		for n := range b.page().Descendants() {
			if attrOf(n, "name") == "start-after" {
				list = append(list, attrOf(n, "value"))
				checked = checked || slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "checked" })
			}
		}
		return list, checked
	}
	if list, checked := offered(); !slices.Equal(list, []string{other.ID.String()}) || checked {
		t.Errorf("offered %v, checked %v", list, checked)
	}
	v := formValues(b.stored(), 1)
	v.StartAfter = []string{other.ID.String()}
	form := postOf(v)
	form.Set("version", "1")
	if w, _ := b.send(b.forms.update, b.one, form); w.Code != http.StatusSeeOther || !slices.Equal(b.stored().StartAfter, []bot.ID{other.ID}) {
		t.Errorf("%d, stored %v", w.Code, b.stored().StartAfter)
	}
	if _, checked := offered(); !checked {
		t.Error("what is stored isn't checked")
	}
}

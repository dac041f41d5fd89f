package datatest

import (
	"encoding/json"

	"crosstide/connect/data"
)

// Schema is a schema in the tables.
type Schema struct {
	Type     string      `json:"type"`
	Optional bool        `json:"optional,omitempty"`
	Name     string      `json:"name,omitempty"`
	Version  *int32      `json:"version,omitempty"`
	Doc      string      `json:"doc,omitempty"`
	Params   [][2]string `json:"params,omitempty"`
	Default  *Value      `json:"default,omitempty"`
	Key      *Schema     `json:"key,omitempty"`
	Value    *Schema     `json:"value,omitempty"`
	Fields   []Field     `json:"fields,omitempty"`
}

// Field is a pair of name and schema.
type Field struct {
	Name   string
	Schema *Schema
}

// MarshalJSON writes a pair.
func (f Field) MarshalJSON() ([]byte, error) { return json.Marshal([]any{f.Name, f.Schema}) }

// UnmarshalJSON reads a pair.
func (f *Field) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &[]any{&f.Name, &f.Schema}) }

// FromSchema writes a schema; nil for nil.
func FromSchema(s *data.Schema) *Schema {
	if s == nil {
		return nil
	}
	out := &Schema{
		Type: s.Type.String(), Optional: s.Optional, Name: s.Name, Version: s.Version, Doc: s.Doc,
		Default: FromValue(s.Default), Key: FromSchema(s.KeySchema), Value: FromSchema(s.ValueSchema),
	}
	for _, p := range s.Parameters {
		out.Params = append(out.Params, [2]string{p.Name, p.Value})
	}
	for _, f := range s.Fields {
		out.Fields = append(out.Fields, Field{f.Name, FromSchema(f.Schema)})
	}
	return out
}

// Schema returns the schema; nil for nil.
func (s *Schema) Schema() *data.Schema {
	if s == nil {
		return nil
	}
	out := &data.Schema{
		Optional: s.Optional, Name: s.Name, Version: s.Version, Doc: s.Doc,
		Default: s.Default.Value(), KeySchema: s.Key.Schema(), ValueSchema: s.Value.Schema(),
	}
	for out.Type.String() != s.Type {
		if out.Type > data.StructType {
			panic("datatest: unknown type " + s.Type)
		}
		out.Type++
	}
	for _, p := range s.Params {
		out.Parameters = append(out.Parameters, data.Parameter{Name: p[0], Value: p[1]})
	}
	for _, f := range s.Fields {
		out.Fields = append(out.Fields, data.Field{Name: f.Name, Schema: f.Schema.Schema()})
	}
	return out
}

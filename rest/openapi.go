package rest

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
)

// schemas are the bodies that routes name.
//
//go:embed schemas.json
var schemas []byte

// openAPI serves the description of the given routes and of itself.
func (a *api) openAPI(root, perFlow []route) route {
	self := route{method: "GET", path: "/openapi.json", summary: "This description", answers: map[int]string{200: "OpenAPI"}}
	body := json.RawMessage(encode(describe(a.config.Version, append(root[:len(root):len(root)], self), perFlow)))
	self.handle = func(*call) (answer, error) { return ok(body) }
	return self
}

type m = map[string]any

// describe makes an OpenAPI 3 document of the routes.
func describe(version string, root, perFlow []route) m {
	paths := m{}
	for _, one := range root {
		addOperation(paths, one.path, one)
	}
	for _, one := range perFlow {
		addOperation(paths, flowPrefix+one.path, one)
	}
	var components m
	if err := json.Unmarshal(schemas, &components); err != nil {
		panic("rest: schemas.json: " + err.Error())
	}
	return m{
		"openapi": "3.0.3",
		"info": m{
			"title": "Crosstide", "version": version,
			"description": "Kafka Connect's REST API as of Kafka " + kafkaVersion + ", and Crosstide's own below /crosstide/v1.",
		},
		"paths":      paths,
		"components": m{"schemas": components},
	}
}

var pathParameter = regexp.MustCompile(`\{([^}]+)\}`)

func addOperation(paths m, path string, one route) {
	item, known := paths[path].(m)
	if !known {
		item = m{}
		var parameters []m
		for _, match := range pathParameter.FindAllStringSubmatch(path, -1) {
			parameters = append(parameters, m{"name": match[1], "in": "path", "required": true, "schema": m{"type": "string"}})
		}
		if parameters != nil {
			item["parameters"] = parameters
		}
		paths[path] = item
	}
	operation := m{"summary": one.summary, "responses": responses(one)}
	var query []m
	for _, name := range one.query {
		p := m{"name": name, "in": "query", "schema": m{"type": "string"}}
		if name == "expand" {
			p["schema"] = m{"type": "array", "items": m{"type": "string"}}
		}
		if name == "watch" {
			p["allowEmptyValue"] = true
		}
		query = append(query, p)
	}
	if query != nil {
		operation["parameters"] = query
	}
	if one.body != "" {
		operation["requestBody"] = m{"required": true, "content": jsonContent(one.body)}
	}
	item[methodKey[one.method]] = operation
}

var methodKey = map[string]string{
	http.MethodGet: "get", http.MethodPost: "post", http.MethodPut: "put", http.MethodPatch: "patch", http.MethodDelete: "delete",
}

func responses(one route) m {
	out := m{"default": m{"description": "Refused or failed", "content": jsonContent("Error")}}
	for status, schema := range one.answers {
		r := m{"description": http.StatusText(status)}
		if schema != "" {
			content := jsonContent(schema)
			if one.stream != nil && status == http.StatusOK {
				content[eventStream] = m{"schema": m{"type": "string"}}
			}
			r["content"] = content
		}
		out[strconv.Itoa(status)] = r
	}
	return out
}

func jsonContent(schema string) m {
	return m{"application/json": m{"schema": m{"$ref": "#/components/schemas/" + schema}}}
}

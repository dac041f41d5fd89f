package config

// A Checked tells what a validation found for one key. Its fields are those of
// the REST validation answer.
type Checked struct {
	Key         Key
	Value       any   // converted; nil for null and for what could not be converted
	Recommended []any // never nil
	Errors      []string
	Visible     bool
}

// ValueText returns the value as text, passwords hidden; ok is false for null.
func (c Checked) ValueText() (text string, ok bool) {
	if c.Value == nil {
		return "", false
	}
	return Text(c.Value), true
}

// Validate checks props key by key, in the order of the table, and never fails
// as a whole. As in Kafka, the validator of a value that could not be converted
// is asked about null, and may add a second message.
func (d *Def) Validate(props map[string]string) []Checked {
	v := &Values{def: d, originals: props, given: map[string]bool{}, read: map[string]bool{}}
	all := make([]Checked, len(d.keys))
	parsed := make(map[string]any, len(d.keys))
	for i, k := range d.keys {
		all[i] = v.checkKey(k)
		parsed[k.Name] = all[i].Value
	}
	for i, k := range d.keys {
		if k.Recommender == nil {
			continue
		}
		all[i].Visible = k.Recommender.Visible(k.Name, parsed)
		all[i].Recommended = append(all[i].Recommended, k.Recommender.ValidValues(k.Name, parsed)...)
	}
	return all
}

func (v *Values) checkKey(k Key) Checked {
	c := Checked{Key: k, Value: k.Default, Recommended: []any{}, Errors: []string{}, Visible: true}
	text, name, given := v.lookup(k)
	switch {
	case given:
		value, err := convert(k.Type, text)
		if err != nil {
			value = nil
			c.Errors = append(c.Errors, k.problem(name, text, err).Error())
		}
		c.Value = value
	case k.Required:
		c.Value = nil
		c.Errors = append(c.Errors, (&Error{Key: k.Name, Missing: true}).Error())
	}
	validate := k.validator()
	if validate == nil {
		return c
	}
	if err := validate(k.Name, c.Value); err != nil {
		c.Errors = append(c.Errors, k.problem(name, text, err).Error())
	}
	return c
}

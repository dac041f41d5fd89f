import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.text.SimpleDateFormat;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Values;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.HeaderConverter;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;

/**
 * Reads cases, one JSON object a line, and writes each back with what Kafka
 * Connect answers: "out", or "error" with the exception. See README.md.
 */
public class Golden {
    static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
        .streamWriteConstraints(StreamWriteConstraints.builder().maxNestingDepth(100_000).build()).build());

    public static void main(String[] args) throws Exception {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        Locale.setDefault(Locale.US);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        for (String line; (line = in.readLine()) != null; ) {
            ObjectNode c = (ObjectNode) JSON.readTree(line);
            try {
                c.set("out", answer(c));
            } catch (Exception | StackOverflowError e) {
                c.put("error", e.getClass().getSimpleName() + ": " + e.getMessage());
            }
            out.println(JSON.writeValueAsString(c));
        }
        out.flush();
    }

    static JsonNode answer(ObjectNode c) throws Exception {
        switch (c.get("do").asText()) {
            case "parse": {
                SchemaAndValue v = Values.parseString(c.path("text").asText());
                ObjectNode o = pair(v);
                o.put("text", Values.convertToString(v == null ? null : v.schema(), v == null ? null : v.value()));
                return o;
            }
            case "format":
                return JSON.valueToTree(dateFormat(c).format(new Date(c.path("ms").asLong())));
            case "parseDate":
                return JSON.valueToTree(dateFormat(c).parse(c.path("text").asText()).getTime());
            case "fromConnect": {
                Converter converter = make(c);
                converter.configure(config(c), c.path("key").asBoolean());
                Schema s = schema(c.get("schema"));
                return bytes(converter.fromConnectData("topic", s, value(c.get("value"), s)));
            }
            case "toConnect": {
                Converter converter = make(c);
                converter.configure(config(c), c.path("key").asBoolean());
                return pair(converter.toConnectData("topic", unbytes(c.get("bytes"))));
            }
            case "fromHeader": {
                HeaderConverter converter = make(c);
                converter.configure(config(c));
                Schema s = schema(c.get("schema"));
                return bytes(converter.fromConnectHeader("topic", "header", s, value(c.get("value"), s)));
            }
            case "toHeader": {
                HeaderConverter converter = make(c);
                converter.configure(config(c));
                return pair(converter.toConnectHeader("topic", "header", unbytes(c.get("bytes"))));
            }
            case "transform": {
                Transformation<SourceRecord> t = make(c);
                t.configure(config(c));
                return record(t.apply(record(c.get("record"))));
            }
            case "keys": {
                Object plugin = make(c);
                ConfigDef def = plugin instanceof Transformation ? ((Transformation<?>) plugin).config()
                    : plugin instanceof Predicate ? ((Predicate<?>) plugin).config()
                    : plugin instanceof Converter ? ((Converter) plugin).config() : ((HeaderConverter) plugin).config();
                ArrayNode keys = JSON.createArrayNode();
                for (ConfigDef.ConfigKey k : def.configKeys().values()) {
                    ObjectNode o = keys.addObject();
                    o.put("name", k.name).put("type", k.type.name()).put("importance", k.importance.name());
                    o.put("required", !k.hasDefault());
                    o.put("default", k.hasDefault() && k.defaultValue != null ? ConfigDef.convertToString(k.defaultValue, k.type) : null);
                    o.put("group", k.group).put("order", k.orderInGroup).put("width", k.width.name()).put("display", k.displayName);
                }
                return keys;
            }
            case "predicate": {
                Predicate<SourceRecord> p = make(c);
                p.configure(config(c));
                return JSON.valueToTree(p.test(record(c.get("record"))));
            }
        }
        throw new IllegalArgumentException("unknown: " + c);
    }

    static SimpleDateFormat dateFormat(ObjectNode c) {
        return new SimpleDateFormat(c.get("pattern").asText());
    }

    @SuppressWarnings("unchecked")
    static <T> T make(ObjectNode c) throws Exception {
        return (T) Class.forName(c.get("class").asText()).getDeclaredConstructor().newInstance();
    }

    static Map<String, Object> config(ObjectNode c) {
        Map<String, Object> m = new HashMap<>();
        if (c.has("config")) c.get("config").fields().forEachRemaining(e -> m.put(e.getKey(), e.getValue().asText()));
        return m;
    }

    // Records.

    static SourceRecord record(JsonNode n) {
        Schema ks = schema(n.get("keySchema"));
        Schema vs = schema(n.get("valueSchema"));
        SourceRecord r = new SourceRecord(null, null, n.get("topic").asText(),
            absent(n.get("partition")) ? null : n.get("partition").asInt(),
            ks, value(n.get("key"), ks), vs, value(n.get("value"), vs),
            absent(n.get("timestamp")) ? null : n.get("timestamp").asLong());
        if (n.has("headers")) for (JsonNode h : n.get("headers")) {
            Schema s = schema(h.get("schema"));
            r.headers().add(h.get("key").asText(), value(h.get("value"), s), s);
        }
        return r;
    }

    static JsonNode record(SourceRecord r) {
        if (r == null) return JSON.nullNode();
        ObjectNode n = JSON.createObjectNode();
        n.put("topic", r.topic());
        n.put("partition", r.kafkaPartition());
        n.set("keySchema", schema(r.keySchema()));
        n.set("key", value(r.key()));
        n.set("valueSchema", schema(r.valueSchema()));
        n.set("value", value(r.value()));
        n.put("timestamp", r.timestamp());
        ArrayNode headers = n.putArray("headers");
        for (Header h : r.headers()) {
            ObjectNode o = headers.addObject();
            o.put("key", h.key());
            o.set("schema", schema(h.schema()));
            o.set("value", value(h.value()));
        }
        return n;
    }

    static ObjectNode pair(SchemaAndValue v) {
        ObjectNode o = JSON.createObjectNode();
        o.set("schema", v == null ? null : schema(v.schema()));
        o.set("value", v == null ? null : value(v.value()));
        return o;
    }

    static JsonNode bytes(byte[] b) {
        return b == null ? JSON.nullNode() : JSON.valueToTree(Base64.getEncoder().encodeToString(b));
    }

    static byte[] unbytes(JsonNode n) {
        return absent(n) ? null : Base64.getDecoder().decode(n.asText());
    }

    static boolean absent(JsonNode n) {
        return n == null || n.isNull();
    }

    // Schemas.

    static JsonNode schema(Schema s) {
        if (s == null) return JSON.nullNode();
        ObjectNode n = JSON.createObjectNode();
        n.put("type", s.type().name());
        if (s.isOptional()) n.put("optional", true);
        if (s.name() != null) n.put("name", s.name());
        if (s.version() != null) n.put("version", s.version());
        if (s.doc() != null) n.put("doc", s.doc());
        if (s.parameters() != null && !s.parameters().isEmpty()) {
            ArrayNode params = n.putArray("params");
            s.parameters().forEach((k, v) -> params.addArray().add(k).add(v));
        }
        if (s.defaultValue() != null) n.set("default", value(s.defaultValue()));
        if (s.type() == Schema.Type.MAP) n.set("key", schema(s.keySchema()));
        if (s.type() == Schema.Type.MAP || s.type() == Schema.Type.ARRAY) n.set("value", schema(s.valueSchema()));
        if (s.type() == Schema.Type.STRUCT) {
            ArrayNode fields = n.putArray("fields");
            for (Field f : s.fields()) fields.addArray().add(f.name()).add(schema(f.schema()));
        }
        return n;
    }

    static Schema schema(JsonNode n) {
        if (absent(n)) return null;
        Schema.Type type = Schema.Type.valueOf(n.get("type").asText());
        SchemaBuilder b;
        switch (type) {
            case ARRAY: b = SchemaBuilder.array(schema(n.get("value"))); break;
            case MAP: b = SchemaBuilder.map(schema(n.get("key")), schema(n.get("value"))); break;
            default: b = new SchemaBuilder(type);
        }
        if (n.has("optional")) b.optional();
        if (n.has("name")) b.name(n.get("name").asText());
        if (n.has("version")) b.version(n.get("version").asInt());
        if (n.has("doc")) b.doc(n.get("doc").asText());
        if (n.has("params")) for (JsonNode p : n.get("params")) b.parameter(p.get(0).asText(), p.get(1).asText());
        if (n.has("fields")) for (JsonNode f : n.get("fields")) b.field(f.get(0).asText(), schema(f.get(1)));
        if (n.has("default")) b.defaultValue(value(n.get("default"), b.build()));
        return b.build();
    }

    // Values, tagged with their type. A struct's schema comes from outside.

    static JsonNode value(Object v) {
        if (v == null) return JSON.nullNode();
        ObjectNode n = JSON.createObjectNode();
        if (v instanceof Byte) return n.put("t", "int8").put("v", v.toString());
        if (v instanceof Short) return n.put("t", "int16").put("v", v.toString());
        if (v instanceof Integer) return n.put("t", "int32").put("v", v.toString());
        if (v instanceof Long) return n.put("t", "int64").put("v", v.toString());
        if (v instanceof Float) return n.put("t", "float32").put("v", v.toString());
        if (v instanceof Double) return n.put("t", "float64").put("v", v.toString());
        if (v instanceof Boolean) return n.put("t", "boolean").put("v", v.toString());
        if (v instanceof String) return n.put("t", "string").put("v", (String) v);
        if (v instanceof byte[]) return n.put("t", "bytes").put("v", Base64.getEncoder().encodeToString((byte[]) v));
        if (v instanceof ByteBuffer) return value(((ByteBuffer) v).array());
        if (v instanceof Date) return n.put("t", "time").put("v", Long.toString(((Date) v).getTime()));
        if (v instanceof BigDecimal) {
            BigDecimal d = (BigDecimal) v;
            return n.put("t", "decimal").put("v", d.unscaledValue().toString()).put("scale", d.scale());
        }
        if (v instanceof List) {
            n.put("t", "array");
            ArrayNode a = n.putArray("v");
            for (Object e : (List<?>) v) a.add(value(e));
            return n;
        }
        if (v instanceof Map) {
            n.put("t", "map");
            ArrayNode a = n.putArray("v");
            for (Map.Entry<?, ?> e : ((Map<?, ?>) v).entrySet()) a.addArray().add(value(e.getKey())).add(value(e.getValue()));
            return n;
        }
        Struct s = (Struct) v;
        n.put("t", "struct");
        n.set("schema", schema(s.schema()));
        ArrayNode a = n.putArray("v");
        for (Field f : s.schema().fields()) a.add(value(s.getWithoutDefault(f.name())));
        return n;
    }

    static Object value(JsonNode n, Schema schema) {
        if (absent(n)) return null;
        JsonNode v = n.get("v");
        switch (n.get("t").asText()) {
            case "int8": return Byte.valueOf(v.asText());
            case "int16": return Short.valueOf(v.asText());
            case "int32": return Integer.valueOf(v.asText());
            case "int64": return Long.valueOf(v.asText());
            case "float32": return Float.valueOf(v.asText());
            case "float64": return Double.valueOf(v.asText());
            case "boolean": return Boolean.valueOf(v.asText());
            case "string": return v.asText();
            case "bytes": return Base64.getDecoder().decode(v.asText());
            case "time": return new Date(Long.parseLong(v.asText()));
            case "decimal": return new BigDecimal(new BigInteger(v.asText()), n.path("scale").asInt());
            case "array": {
                List<Object> list = new ArrayList<>();
                for (JsonNode e : v) list.add(value(e, schema == null ? null : schema.valueSchema()));
                return list;
            }
            case "map": {
                Map<Object, Object> m = n.has("linked") ? new LinkedHashMap<>() : new HashMap<>();
                for (JsonNode e : v) m.put(value(e.get(0), schema == null ? null : schema.keySchema()),
                    value(e.get(1), schema == null ? null : schema.valueSchema()));
                return m;
            }
        }
        Struct s = new Struct(n.has("schema") ? schema(n.get("schema")) : schema);
        int i = 0;
        for (Field f : s.schema().fields()) {
            Object e = value(v.get(i++), f.schema());
            if (e != null) s.put(f, e);
        }
        return s;
    }
}

// Makes configdef.golden.jsonl: what Kafka's ConfigDef makes of texts, when it
// parses them and when it validates them.
//
//	java -cp 'kafka-clients-4.3.0.jar:…' ConfigDefTable.java > configdef.golden.jsonl
import java.util.*;
import org.apache.kafka.common.config.*;
import org.apache.kafka.common.config.ConfigDef.*;

public class ConfigDefTable {
    static final String[] NUMBERS = {"5", " 5 ", "+5", "-5", "0", "11", "5.0", "", "abc", "0x10", "1_000", "32768", "2147483648",
        "9223372036854775807", "9223372036854775808", "1e3", "\t7\n", "--1", "5L"};
    static final String[] DOUBLES = {"5", "1d", "1f", "1D", "0x1p3", "0x.8p1", "0x1", "NaN", "-NaN", "Infinity", "-Infinity", "inf", "nan",
        "infinity", "1_0", "1e5", ".5", "5.", ".", "+.5e-3", " 1 ", "1e400", "-1e400", "1e-400", "1e10", "0.0001", "0.001", "1234567.5",
        "12345678.5", "100", "1e7", "NaNf", "Infinityd", "", "0.05", "1ff"};
    static final String[] BOOLEANS = {"true", "TRUE", "tRuE", " false ", "yes", "1", "", "true x"};
    static final String[] LISTS = {"a,b", " a , b ", "a,,b", ",", "a,", ",a", "", " ", "a b,c", "a,a", "a,z", "a\t,\n b", "b,a,b"};
    static final String[] STRINGS = {"a", "A", "x", "", " ", " a ", "a\u0001b", "\u0085", "\u00a0a"};

    public static void main(String[] args) {
        for (Type t : new Type[] {Type.INT, Type.SHORT, Type.LONG}) {
            table(t, "", null, NUMBERS);
            table(t, "atLeast1", Range.atLeast(1), NUMBERS);
            table(t, "between1and10", Range.between(1, 10), NUMBERS);
        }
        table(Type.DOUBLE, "", null, DOUBLES);
        table(Type.DOUBLE, "between1and10", Range.between(1, 10), DOUBLES);
        table(Type.BOOLEAN, "", null, BOOLEANS);
        table(Type.LIST, "anything", null, LISTS);
        table(Type.LIST, "nonDuplicate", ValidList.anyNonDuplicateValues(true, true), LISTS);
        table(Type.LIST, "nonDuplicateNonEmpty", ValidList.anyNonDuplicateValues(false, false), LISTS);
        table(Type.LIST, "listOfAB", ValidList.in("a", "b"), LISTS);
        table(Type.LIST, "nonEmptyListOfAB", ValidList.in(false, "a", "b"), LISTS);
        table(Type.STRING, "", null, STRINGS);
        table(Type.STRING, "oneOfAB", ValidString.in("a", "b"), STRINGS);
        table(Type.STRING, "oneOfFoldAB", CaseInsensitiveValidString.in("a", "b"), STRINGS);
        table(Type.STRING, "nonEmpty", new NonEmptyString(), STRINGS);
        table(Type.STRING, "nonEmptyNoControls", new NonEmptyStringWithoutControlChars(), STRINGS);
        table(Type.STRING, "nonNull", new NonNullValidator(), STRINGS);
        table(Type.PASSWORD, "", null, new String[] {"s", " s "});
    }

    static void table(Type type, String validator, Validator v, String[] texts) {
        ConfigDef required = new ConfigDef().define("k", type, ConfigDef.NO_DEFAULT_VALUE, v, Importance.LOW, "");
        line(required, type, validator, null);
        for (String text : texts) {
            line(required, type, validator, text);
        }
    }

    static void line(ConfigDef def, Type type, String validator, String text) {
        Map<String, String> props = text == null ? Map.of() : Map.of("k", text);
        String parsed = null, error = null;
        try {
            parsed = ConfigDef.convertToString(def.parse(props).get("k"), type);
        } catch (ConfigException e) {
            error = e.getMessage();
        }
        ConfigValue checked = def.validate(props).get(0);
        StringJoiner errors = new StringJoiner(",", "[", "]");
        checked.errorMessages().forEach(e -> errors.add(quote(e)));
        System.out.println("{\"type\":" + quote(type.name()) + ",\"validator\":" + quote(validator) + ",\"text\":" + quote(text)
            + ",\"parsed\":" + quote(parsed) + ",\"error\":" + quote(error)
            + ",\"value\":" + quote(ConfigDef.convertToString(checked.value(), type)) + ",\"errors\":" + errors + "}");
    }

    static String quote(String s) {
        if (s == null) return "null";
        StringBuilder b = new StringBuilder("\"");
        for (char c : s.toCharArray()) {
            if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') b.append(String.format("\\u%04x", (int) c));
            else b.append(c);
        }
        return b.append('"').toString();
    }
}

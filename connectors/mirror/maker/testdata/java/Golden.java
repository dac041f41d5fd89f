// Prints, for every *.properties file given, what MirrorMakerConfig of Apache
// Kafka makes of it: its flows, and each flow's worker and connector
// configurations, as JSON beside the file (x.properties -> x.json). Run against
// connect-mirror 4.3.0 and its dependencies:
//
//	javac -cp 'libs/*' -d out Golden.java
//	java -cp 'libs/*:out' org.apache.kafka.connect.mirror.Golden *.properties
package org.apache.kafka.connect.mirror;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Utils;

public class Golden {
    public static void main(String[] files) throws Exception {
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                .enable(SerializationFeature.INDENT_OUTPUT);
        for (String file : files) {
            MirrorMakerConfig config = new MirrorMakerConfig(Utils.propsToStringMap(Utils.loadProps(file)));
            List<Map<String, Object>> flows = new ArrayList<>();
            for (SourceAndTarget st : config.clusterPairs()) {
                Map<String, Object> flow = new TreeMap<>();
                flow.put("source", st.source());
                flow.put("target", st.target());
                flow.put("worker", new TreeMap<>(config.workerConfig(st)));
                for (Class<?> c : MirrorMaker.CONNECTOR_CLASSES) {
                    flow.put(c.getSimpleName(), new TreeMap<>(config.connectorBaseConfig(st, c)));
                }
                flows.add(flow);
            }
            Files.write(Path.of(file.replaceAll("\\.properties$", ".json")), json.writeValueAsBytes(flows));
        }
    }
}
